"""Speaking to a running Redis: connections, its ACL and limits, our credentials, the probe of a client's way."""
