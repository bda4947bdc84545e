"""Every route of the API, and the permission that it needs. The only such list: template.yaml is held equal to it."""

from collections.abc import Mapping

from swiftcache.access.identity import Permission

API = "/api/v1"
INSTANCES = f"{API}/instances"
ORGANIZATIONS = f"{API}/organizations"
_ORGANIZATION = f"{ORGANIZATIONS}/{{organizationId}}"
WEBHOOKS = f"{_ORGANIZATION}/webhooks"
BACKUPS = f"{API}/backups"
SESSION = f"{API}/session"
FLEET = f"{API}/operations/fleet"
ROLLOUTS = f"{API}/operations/rollouts"
SIGN_IN = f"POST {SESSION}"
SIGN_OUT = f"DELETE {SESSION}"
DOCS = "/docs"
OPENAPI = "/openapi.json"

FEATURES: Mapping[str, Mapping[str, Permission | None]] = {
    "swiftcache.instances.routes": {
        f"GET {INSTANCES}/regions": None,
        f"POST {INSTANCES}": Permission.USE,
        f"GET {INSTANCES}": Permission.READ,
        f"GET {INSTANCES}/{{instanceId}}": Permission.READ,
        f"DELETE {INSTANCES}/{{instanceId}}": Permission.DELETE,
    },
    "swiftcache.engines.routes": {
        f"GET {API}/engines": None,
    },
    "swiftcache.timeline.routes": {
        f"GET {INSTANCES}/{{instanceId}}/timeline": Permission.READ,
        f"GET {INSTANCES}/{{instanceId}}/receipt": Permission.OWN,
    },
    "swiftcache.configuration.routes": {
        f"POST {INSTANCES}/{{instanceId}}/keys": Permission.USE,
        f"GET {INSTANCES}/{{instanceId}}/keys": Permission.READ,
        # Rotation is a developer's work, and ends with this.
        f"DELETE {INSTANCES}/{{instanceId}}/keys/{{keyId}}": Permission.USE,
    },
    "swiftcache.changes.routes": {
        f"GET {INSTANCES}/sizes": None,
        # What can end the instance needs more: changes/request.py.
        f"PATCH {INSTANCES}/{{instanceId}}": Permission.USE,
        f"POST {INSTANCES}/{{instanceId}}/plan": Permission.USE,
        f"POST {INSTANCES}/{{instanceId}}/replace": Permission.USE,
    },
    "swiftcache.maintenance.routes": {
        f"POST {INSTANCES}/{{instanceId}}/maintenance/{{reason}}/now": Permission.USE,
        f"POST {INSTANCES}/{{instanceId}}/maintenance/{{reason}}/defer": Permission.USE,
    },
    "swiftcache.metrics.routes": {
        f"GET {INSTANCES}/{{instanceId}}/metrics": Permission.READ,
        f"GET {INSTANCES}/{{instanceId}}/metrics/live": Permission.READ,
        f"GET {INSTANCES}/{{instanceId}}/slowlog": Permission.READ,
        f"GET {ORGANIZATIONS}/{{organizationId}}/metrics/prometheus": Permission.READ,
    },
    "swiftcache.organizations.routes": {
        f"POST {ORGANIZATIONS}": Permission.OPERATE,
        f"GET {ORGANIZATIONS}": Permission.OPERATE,
        f"GET {_ORGANIZATION}": Permission.READ,
        f"PATCH {_ORGANIZATION}": Permission.OWN,
        f"DELETE {_ORGANIZATION}": Permission.OWN,
        f"POST {_ORGANIZATION}/suspend": Permission.OPERATE,
        f"POST {_ORGANIZATION}/resume": Permission.OPERATE,
        f"GET {_ORGANIZATION}/usage": Permission.READ,
        f"GET {_ORGANIZATION}/audit": Permission.READ,
    },
    "swiftcache.organizations.member_routes": {
        f"GET {_ORGANIZATION}/members": Permission.READ,
        f"POST {_ORGANIZATION}/members": Permission.MANAGE,
        f"GET {_ORGANIZATION}/members/{{memberId}}": Permission.READ,
        f"PATCH {_ORGANIZATION}/members/{{memberId}}": Permission.MANAGE,
        f"DELETE {_ORGANIZATION}/members/{{memberId}}": Permission.MANAGE,
        f"GET {_ORGANIZATION}/keys": Permission.READ,
        f"POST {_ORGANIZATION}/keys": Permission.MANAGE,
        f"DELETE {_ORGANIZATION}/keys/{{keyId}}": Permission.MANAGE,
    },
    "swiftcache.sessions.routes": {
        SIGN_IN: Permission.READ,
        f"GET {SESSION}": Permission.READ,
        SIGN_OUT: Permission.READ,
    },
    "swiftcache.webhooks.routes": {
        f"POST {WEBHOOKS}": Permission.MANAGE,
        f"GET {WEBHOOKS}": Permission.READ,
        f"GET {WEBHOOKS}/{{webhookId}}": Permission.READ,
        f"PATCH {WEBHOOKS}/{{webhookId}}": Permission.MANAGE,
        f"DELETE {WEBHOOKS}/{{webhookId}}": Permission.MANAGE,
        f"POST {WEBHOOKS}/{{webhookId}}/test": Permission.MANAGE,
        f"GET {WEBHOOKS}/{{webhookId}}/deliveries": Permission.READ,
    },
    "swiftcache.backups.routes": {
        f"POST {INSTANCES}/{{instanceId}}/backups": Permission.USE,
        f"GET {INSTANCES}/{{instanceId}}/backups": Permission.READ,
        f"GET {_ORGANIZATION}/backups": Permission.READ,
        f"GET {BACKUPS}/{{backupId}}": Permission.READ,
        f"DELETE {BACKUPS}/{{backupId}}": Permission.DELETE,
    },
    "swiftcache.backups.transfer_routes": {
        # Who may only look must not carry all of it away.
        f"POST {BACKUPS}/{{backupId}}/download": Permission.USE,
        f"POST {_ORGANIZATION}/imports": Permission.USE,
    },
    "swiftcache.backups.plan_routes": {
        f"POST {BACKUPS}/{{backupId}}/plan": Permission.USE,
    },
    "swiftcache.backups.undelete_routes": {
        f"POST {BACKUPS}/{{backupId}}/undelete": Permission.USE,
    },
    "swiftcache.fleet.routes": {
        f"GET {FLEET}": Permission.OPERATE,
    },
    "swiftcache.rollouts.routes": {
        f"GET {ROLLOUTS}": Permission.OPERATE,
        f"POST {ROLLOUTS}/{{rolloutId}}/resume": Permission.OPERATE,
        f"POST {ROLLOUTS}/{{rolloutId}}/abandon": Permission.OPERATE,
        f"POST {ROLLOUTS}/{{rolloutId}}/undo": Permission.OPERATE,
    },
    "swiftcache.api.docs_routes": {
        f"GET {DOCS}": None,
        f"GET {OPENAPI}": None,
    },
}
"""By the module that has them, then by API Gateway's route key. None is public."""

ACCESS: Mapping[str, Permission | None] = {
    route: permission for routes in FEATURES.values() for route, permission in routes.items()
}

FEATURE: Mapping[str, str] = {route: feature for feature, routes in FEATURES.items() for route in routes}
"""The module that has the route."""

HEADS: Mapping[str, str] = {
    route.replace("GET", "HEAD", 1): route
    for route, permission in ACCESS.items()
    if permission is None and route.startswith("GET ")
}
"""Each public route that is read, by HEAD too: the route that answers it. API Gateway leaves the body away."""

WITHOUT_BODY = frozenset(
    {
        SIGN_IN,
        f"POST {INSTANCES}/{{instanceId}}/replace",
        f"POST {INSTANCES}/{{instanceId}}/maintenance/{{reason}}/now",
        f"POST {INSTANCES}/{{instanceId}}/maintenance/{{reason}}/defer",
        f"POST {_ORGANIZATION}/suspend",
        f"POST {_ORGANIZATION}/resume",
        f"POST {ROLLOUTS}/{{rolloutId}}/resume",
        f"POST {ROLLOUTS}/{{rolloutId}}/abandon",
        f"POST {ROLLOUTS}/{{rolloutId}}/undo",
        f"POST {WEBHOOKS}/{{webhookId}}/test",
        f"POST {BACKUPS}/{{backupId}}/download",
        f"POST {BACKUPS}/{{backupId}}/undelete",
    }
)
"""Routes whose address says it all, although their method usually comes with a body."""

NEVER_REPLAYED = frozenset({SIGN_IN, SIGN_OUT})
"""Mutations that an Idempotency-Key changes nothing of: their answers set a cookie, and are kept nowhere."""


def allowed_methods(path: str) -> list[str]:
    """The methods of the address that this path is, in order; empty if there is none.

    A fixed path goes before one with a parameter.
    """
    fixed = _FIXED.get(path)
    parts = path.split("/")
    return sorted(fixed or {method for method, route in _WITH_PARAMETERS.get(len(parts), ()) if _match(parts, route)})


def is_route_of(key: str, method: str, path: str) -> bool:
    """Whether a request with this method and path is one of the route with this key; `$default` has none."""
    route_method, _, route = key.partition(" ")
    return method == route_method and _fits(path, route)


def _fits(path: str, route: str) -> bool:
    given, parts = path.split("/"), route.split("/")
    return len(given) == len(parts) and _match(given, parts)


def _match(given: list[str], parts: list[str]) -> bool:
    """As many of a path as of a route."""
    return all(found == part or (part.startswith("{") and found) for found, part in zip(given, parts, strict=True))


_FIXED: dict[str, set[str]] = {}
_WITH_PARAMETERS: dict[int, list[tuple[str, list[str]]]] = {}
"""By how many parts they have: each request looks here."""

for _key in (*ACCESS, *HEADS):
    _method, _, _route = _key.partition(" ")
    if "{" in _route:
        _WITH_PARAMETERS.setdefault(_route.count("/") + 1, []).append((_method, _route.split("/")))
    else:
        _FIXED.setdefault(_route, set()).add(_method)
