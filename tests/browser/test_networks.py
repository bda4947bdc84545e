"""Which networks reach an instance: where it can be said, and where it cannot."""

from dataclasses import replace

from playwright.sync_api import expect

from swiftcache.instances.allowed_networks import AllowedNetworks
from swiftcache.instances.items import instance_item
from swiftcache.instances.status import Status
from swiftcache.platform.items import instance_key
from tests.browser.axe import findings
from tests.browser.console import RUNNING, Console
from tests.e2e.api import Api
from tests.e2e.stack import Stack
from tests.samples import an_instance

FIELD = "Networks that reach it"


def limit(stack: Stack, instance_id: str, *cidrs: str) -> None:
    """Has a running instance say who reaches it, in its record: the API makes none that does in the local stack, whose
    network is public. What follows from it there is the service's own work."""
    dynamodb = stack.aws("dynamodb")
    [table] = dynamodb.list_tables()["TableNames"]
    limited = replace(an_instance(status=Status.RUNNING), allowed_networks=AllowedNetworks(cidrs))
    dynamodb.update_item(
        TableName=table,
        Key=instance_key(stack.api.organization_id, instance_id),
        UpdateExpression="SET allowedNetworks = :networks",
        ExpressionAttributeValues={":networks": instance_item(limited)["allowedNetworks"]},
    )


def test_a_public_network_says_why_it_cannot_be_limited_and_what_to_do(signed_in: Console, api: Api) -> None:
    page = signed_in.page
    signed_in.go("/instances/new")
    page.get_by_label("Name", exact=True).fill("unlimited")
    page.get_by_text("Who reaches it").click()
    page.get_by_label(FIELD).fill("10.1.0.0/16")
    page.get_by_text("Who reaches it").click()
    signed_in.button("Create instance").click()
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("every task of this stack has the security group that lets in AllowedCidr")
    expect(refusal).to_contain_text("ALLOWED_CIDRS_NOT_POSSIBLE")
    expect(page.get_by_text("It cannot be said here: leave this empty.")).to_be_visible()
    expect(page.get_by_label(FIELD)).to_be_focused()
    assert "unlimited" not in [one["name"] for one in api.instances()]


def test_the_networks_of_an_instance_are_shown_and_changed_while_it_runs(signed_in: Console, api: Api) -> None:
    created = api.create(name="limited")
    api.wait(created.id)
    limit(signed_in.stack, created.id, "10.1.0.0/16")
    page = signed_in.page
    signed_in.go(f"/instances/{created.id}")
    expect(page.get_by_text("in force", exact=True)).to_be_visible(timeout=RUNNING)
    expect(page.get_by_text("10.1.0.0/16", exact=True)).to_be_visible()

    signed_in.link("Settings").click()
    field = page.get_by_label(FIELD)
    expect(field).to_have_value("10.1.0.0/16")
    assert findings(page) == []
    field.fill("10.2.0.0\n10.3.0.7/32")
    expect(page.get_by_text("'10.2.0.0' says no size: a single address is 10.2.0.0/32").first).to_be_visible()
    field.fill("10.2.0.0/16\n10.3.0.7/32")
    expect(page.get_by_text("No connection notices.")).to_be_visible()
    signed_in.button("Apply").click()
    expect(page.get_by_text("Change something, and this says")).to_be_visible()
    expect(page.get_by_text("in force", exact=True)).to_be_visible(timeout=RUNNING)
    instance = api.get(created.id).json()["instance"]
    assert (instance["allowedCidrs"], instance["allowedCidrsInForce"]) == (["10.2.0.0/16", "10.3.0.7/32"], True)
    api.delete(created.id)


def test_who_has_the_networks_of_the_stack_is_offered_no_others(signed_in: Console, api: Api) -> None:
    created = api.create(name="as-the-stack")
    api.wait(created.id)
    signed_in.go(f"/instances/{created.id}/settings")
    expect(signed_in.page.get_by_label("Maintenance window")).to_be_visible()
    expect(signed_in.page.get_by_label(FIELD)).to_have_count(0)
    api.delete(created.id)
