"""An instance's past: its timeline, and the receipt of its deletion."""

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from swiftcache import wiring
from swiftcache.http.access import INSTANCES
from swiftcache.http.openapi import documented
from swiftcache.http.reading_contract import ReceiptResponse, TimelineResponse
from swiftcache.http.request import caller_of

router = APIGatewayHttpRouter()


@router.get(
    f"{INSTANCES}/<instance_id>/timeline",
    **documented("getTimeline", "What has happened to the instance, step by step", 200, TimelineResponse, 404),
)
def get_timeline(instance_id: str) -> TimelineResponse:
    return TimelineResponse.of(wiring.reading().timeline(caller_of(router), instance_id))


@router.get(
    f"{INSTANCES}/<instance_id>/receipt",
    **documented("getReceipt", "What the deletion removed, for 24 hours after it", 200, ReceiptResponse, 404),
)
def get_receipt(instance_id: str) -> ReceiptResponse:
    return ReceiptResponse.of(wiring.reading().receipt(caller_of(router), instance_id))
