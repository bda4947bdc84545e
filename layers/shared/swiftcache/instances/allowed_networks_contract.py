"""What the API says of the networks that may reach an instance."""

from typing import Annotated

from pydantic import Field

from swiftcache.instances.allowed_networks import MOST

AllowedCidrs = Annotated[
    list[Annotated[str, Field(max_length=18, json_schema_extra={"example": "10.1.0.0/16"})]],
    Field(min_length=1, max_length=MOST),
]

GIVEN = (
    "the IPv4 networks that reach it, in place of the stack's; null is the stack's, for life. "
    "Only in a private network, else 409"
)
CHANGED = "other networks, in place, for an instance that was made with some"
