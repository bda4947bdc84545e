"""Route 53's errors, as what the writer does about them."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from swiftcache.dns.model import RecordSet
from swiftcache.dns.ports import ChangeRefused, ZoneBusy
from swiftcache.dns.route53_zone import Route53Zone
from swiftcache.platform.errors import DependencyUnavailable

RECORD = {"1.redis.example.com": RecordSet(("203.0.113.1",))}
NAMED = (
    "[Tried to delete resource record set [name='1.redis.example.com.', type='A'] but it was not found, Tried to delete"
    " resource record set [name='2.redis.example.com.', type='A'] but the values provided do not match the current"
    " values]"
)


@pytest.fixture
def client() -> Any:
    return boto3.client("route53", region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")


def refuse(client: Any, code: str, message: str = "no", status: int = 400) -> Route53Zone:
    stubber = Stubber(client)
    stubber.add_client_error("change_resource_record_sets", code, message, http_status_code=status)
    stubber.activate()
    return Route53Zone(client, "Z1")


@pytest.mark.parametrize("code", ["ThrottlingException", "Throttling", "PriorRequestNotComplete"])
def test_a_busy_zone_is_told_from_a_lost_answer(client: Any, code: str) -> None:
    with pytest.raises(ZoneBusy):
        refuse(client, code).upsert(RECORD)


def test_a_fault_of_aws_is_passing(client: Any) -> None:
    with pytest.raises(DependencyUnavailable):
        refuse(client, "ServiceUnavailable", status=503).upsert(RECORD)


def test_the_names_are_read_out_of_what_route_53_says(client: Any) -> None:
    with pytest.raises(ChangeRefused) as refused:
        refuse(client, "InvalidChangeBatch", NAMED).delete(RECORD)
    assert refused.value.hostnames == ("1.redis.example.com", "2.redis.example.com")
    assert refused.value.absent == ("1.redis.example.com",)


def test_a_zone_that_may_not_be_changed_is_not_about_the_content(client: Any) -> None:
    with pytest.raises(ChangeRefused) as refused:
        refuse(client, "AccessDenied", "not authorized").upsert(RECORD)
    assert (refused.value.code, refused.value.is_about_content) == ("AccessDenied", False)


def test_the_id_of_a_change_is_bare(client: Any) -> None:
    """Route 53 may answer it with its path in front, and GetChange takes the id alone."""
    stubber = Stubber(client)
    info = {"Id": "/change/C2682N5HXP0BZ4", "Status": "PENDING", "SubmittedAt": "2026-01-01T00:00:00Z"}
    stubber.add_response("change_resource_record_sets", {"ChangeInfo": info})
    stubber.activate()
    assert Route53Zone(client, "Z1").upsert(RECORD) == "C2682N5HXP0BZ4"
