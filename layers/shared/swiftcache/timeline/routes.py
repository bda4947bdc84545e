"""An instance's past: its timeline, and the receipt of its deletion."""

from swiftcache import wiring
from swiftcache.api.openapi import documented
from swiftcache.api.request import current_caller
from swiftcache.api.resolver import api
from swiftcache.api.routes import INSTANCES
from swiftcache.timeline.contract import ReceiptResponse, TimelineResponse


@api.get(
    f"{INSTANCES}/<instance_id>/timeline",
    **documented("getTimeline", "What has happened to the instance, step by step", 200, TimelineResponse, 404),
)
def get_timeline(instance_id: str) -> TimelineResponse:
    return TimelineResponse.of(wiring.reading().timeline(current_caller(), instance_id))


@api.get(
    f"{INSTANCES}/<instance_id>/receipt",
    **documented("getReceipt", "What the deletion removed, for 24 hours after it", 200, ReceiptResponse, 404),
)
def get_receipt(instance_id: str) -> ReceiptResponse:
    return ReceiptResponse.of(wiring.reading().receipt(current_caller(), instance_id))
