"""The engines that new instances may have."""

from typing import Annotated

from swiftcache.api.openapi import documented
from swiftcache.api.request import provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import API
from swiftcache.engines.contract import ListEnginesResponse
from swiftcache.engines.model import Offers
from swiftcache.engines.wiring import engine_offers


@api.get(
    f"{API}/engines",
    **documented("listEngines", "The engines that instances may have", 200, ListEnginesResponse, public=True),
)
def list_engines(offers: Annotated[Offers, provided(engine_offers)]) -> ListEnginesResponse:
    return ListEnginesResponse.of(offers)
