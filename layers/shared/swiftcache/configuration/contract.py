"""The bodies of the keys' routes."""

from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from swiftcache.api.body import NAME, Body, RequestBody
from swiftcache.configuration.key_service import CreatedKey
from swiftcache.instances.key import InstanceKey, KeyRole
from swiftcache.metrics.key_usage import SHARED, KeyUse

_USERNAME = "the key's id. Redis takes it with the key, and then tells this key's clients apart from all others"


class CreateKeyRequest(RequestBody):
    """What POST …/keys takes."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"example": {"name": "worker", "role": "read-write"}},
    )

    name: Annotated[
        str | None,
        Field(
            pattern=NAME,
            description="1 to 64 letters, digits, `-`, `_` and `.`; without it, one is made of the instance's name",
        ),
    ] = None
    # Not strict: JSON has no enumerations, so a role comes as a string.
    role: Annotated[KeyRole, Field(strict=False)] = KeyRole.READ_WRITE


class KeyBody(Body):
    """An instance key without the key itself."""

    id: str
    name: str
    role: KeyRole
    username: Annotated[str, Field(description=_USERNAME)]
    created_at: str
    last_used_at: Annotated[str | None, Field(description="null if it was never seen in use")]
    connections: Annotated[int, Field(description="open at the last look, which is each minute")]

    @classmethod
    def of(cls, key: InstanceKey, use: KeyUse | None) -> "KeyBody":
        return cls(
            id=key.id,
            name=key.name,
            role=key.role,
            username=key.id,
            created_at=key.created_at,
            last_used_at=use.last_used_at if use else None,
            connections=use.connections if use else 0,
        )


class SharedUseBody(Body):
    """Clients that came with a key alone, while several would have done: whose they are, Redis does not tell."""

    last_used_at: str | None
    connections: int


class ListKeysResponse(Body):
    api_keys: list[KeyBody]
    shared: SharedUseBody

    @classmethod
    def of(cls, keys: Iterable[InstanceKey], use: Mapping[str, KeyUse]) -> "ListKeysResponse":
        shared = use.get(SHARED)
        return cls(
            api_keys=[KeyBody.of(key, use.get(key.id)) for key in keys],
            shared=SharedUseBody(
                last_used_at=shared.last_used_at if shared else None,
                connections=shared.connections if shared else 0,
            ),
        )


class NewKeyBody(Body):
    """A new instance key. `plainTextKey` is shown here once and never again."""

    id: str
    name: str
    role: KeyRole
    username: Annotated[str, Field(description=f"{_USERNAME}. A read-only key works with it alone")]
    plain_text_key: str
    created_at: str
    url_template: Annotated[str, Field(description="put the key in the place of `{key}`")]


class CreateKeyResponse(Body):
    created_key: NewKeyBody
    applied: Annotated[bool, Field(description="whether the key works already; else it does within a moment")]

    @classmethod
    def of(cls, created: CreatedKey) -> "CreateKeyResponse":
        key, instance = created.key, created.instance
        return cls(
            created_key=NewKeyBody(
                id=key.id,
                name=key.name,
                role=key.role,
                username=key.id,
                plain_text_key=created.plain_key,
                created_at=key.created_at,
                url_template=f"rediss://{key.id}:{{key}}@{instance.hostname}:{instance.port}",
            ),
            applied=created.applied,
        )


class RevokedKeyBody(Body):
    id: str


class RevokeKeyResponse(Body):
    message: Literal["Instance key revocation initiated"] = "Instance key revocation initiated"
    api_key: RevokedKeyBody
    applied: Annotated[
        bool,
        Field(description="whether the key is refused and its connections closed already; else within a moment"),
    ]
