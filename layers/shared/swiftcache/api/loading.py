"""Loading the features' routes: each parses, calls one method of a service, and serialises.

A module is imported when a request for one of its routes comes: a cold start pays for nothing else.
"""

from importlib import import_module

from swiftcache.api.routes import FEATURE, FEATURES


def load(route: str) -> None:
    """Makes this route, by API Gateway's key of it, and the others of its feature known to the API."""
    import_module(FEATURE[route])


def load_all() -> None:
    """Makes every route known to the API, as its document needs it."""
    for feature in FEATURES:
        import_module(feature)
