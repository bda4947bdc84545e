"""How the whole fleet is, for the operator."""

from typing import Annotated

from swiftcache.api.openapi import documented
from swiftcache.api.request import provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import FLEET
from swiftcache.fleet.contract import FleetResponse
from swiftcache.fleet.overview import OverviewService
from swiftcache.fleet.overview_wiring import overview_service

Service = Annotated[OverviewService, provided(overview_service)]


@api.get(
    FLEET,
    **documented(
        "getFleet",
        "The instances of all organizations in figures, the warm pool, and what the reconciler has found",
        200,
        FleetResponse,
        tag="operations",
    ),
)
def get_fleet(service: Service) -> FleetResponse:
    return FleetResponse.of(service.get())
