"""Networks of this machine's own for a stack whose instances are in a private one: Linux's network namespaces."""
