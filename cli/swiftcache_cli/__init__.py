"""The command `swiftcache`: a client of the public API, without the service's library and without AWS."""

__version__ = "1.0.0"
"""As that of the API which it was made for: a test holds the two together."""
