"""The body of GET /engines."""

from typing import Annotated

from pydantic import Field

from swiftcache.api.body import Body
from swiftcache.engines.model import EngineName, Offer, Offers


class EngineBody(Body):
    """An engine that a new instance may have."""

    name: EngineName
    version: Annotated[
        str | None, Field(description="of the image that new tasks run; null if the operator has not said it")
    ]
    default: Annotated[bool, Field(description="whether an instance has it that does not ask for another")]
    end_of_life: Annotated[
        str | None, Field(description="the day until which its line gets patches (YYYY-MM-DD); null if not announced")
    ]

    @classmethod
    def of(cls, offer: Offer) -> "EngineBody":
        return cls(
            name=offer.engine,
            version=offer.version,
            default=offer.default,
            end_of_life=offer.end_of_life.isoformat() if offer.end_of_life else None,
        )


class ListEnginesResponse(Body):
    engines: list[EngineBody]

    @classmethod
    def of(cls, offers: Offers) -> "ListEnginesResponse":
        return cls(engines=[EngineBody.of(offer) for offer in offers.all])
