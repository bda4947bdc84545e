"""An instance's past: its timeline, and the receipt of its deletion."""

from typing import Annotated

from swiftcache.api.openapi import documented
from swiftcache.api.request import CurrentCaller, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import INSTANCES
from swiftcache.timeline.contract import ReceiptResponse, TimelineResponse
from swiftcache.timeline.service import TimelineService
from swiftcache.timeline.wiring import timeline_service

Service = Annotated[TimelineService, provided(timeline_service)]


@api.get(
    f"{INSTANCES}/<instance_id>/timeline",
    **documented("getTimeline", "What has happened to the instance, step by step", 200, TimelineResponse, 404),
)
def get_timeline(instance_id: str, service: Service, caller: CurrentCaller) -> TimelineResponse:
    return TimelineResponse.of(service.timeline(caller, instance_id))


@api.get(
    f"{INSTANCES}/<instance_id>/receipt",
    **documented("getReceipt", "What the deletion removed, for 24 hours after it", 200, ReceiptResponse, 404),
)
def get_receipt(instance_id: str, service: Service, caller: CurrentCaller) -> ReceiptResponse:
    receipt = service.receipt(caller, instance_id)
    return ReceiptResponse.of(receipt, service.remaining_backups(caller, instance_id))
