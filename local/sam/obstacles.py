"""Which functions a container cannot run against the local stack, and why not."""

from local.template import Template

REDIS = "Redis listens on loopback"
VOLUMES = "its volumes are folders of this machine"
API = "the API listens on loopback"
ALIAS = "SAM calls it by no alias"

_CALLED_BY_ALIAS = "DeclareInstanceFunction"


def obstacle(template: Template, function: str) -> str | None:
    """The reason in a few words, for the function of this logical id; None if it can."""
    properties = template.resources[function]["Properties"]
    if template.functions[function].mounts:
        return VOLUMES
    if "VpcConfig" in properties:
        return REDIS  # what speaks to Redis is in its network, and nothing else is
    if "API_URL" in properties.get("Environment", {}).get("Variables", {}):
        return API
    return ALIAS if function == _CALLED_BY_ALIAS else None
