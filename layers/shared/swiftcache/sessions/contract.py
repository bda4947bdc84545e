"""The body of a session."""

from typing import Annotated

from pydantic import Field

from swiftcache.access.identity import Role
from swiftcache.api.body import Body
from swiftcache.sessions.model import SignedIn


class SessionBody(Body):
    """Who asks, and what they may do."""

    organization_id: str
    organization_name: str
    member_id: str
    member_name: str
    key_id: Annotated[str, Field(description="the account key that it stands for")]
    role: Annotated[Role, Field(description="that of the account key, or of its member where that is lower")]
    expires_at: Annotated[str | None, Field(description="null: never, since the account key itself asks")]


class SessionResponse(Body):
    session: SessionBody

    @classmethod
    def of(cls, signed_in: SignedIn) -> "SessionResponse":
        return cls(
            session=SessionBody(
                organization_id=signed_in.organization.id,
                organization_name=signed_in.organization.name,
                member_id=signed_in.member.id,
                member_name=signed_in.member.name,
                key_id=signed_in.key_id,
                role=signed_in.role,
                expires_at=signed_in.expires_at,
            )
        )
