"""The certificate that instances serve: what new tasks get, how it is renewed, and when a running one needs another."""
