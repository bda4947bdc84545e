"""What has to be done to an instance: its window, what is pending, now or later."""

from playwright.sync_api import expect

from local.retirement import retire_task_of
from tests.browser.console import RUNNING, Console
from tests.e2e.api import Api


def test_an_instance_is_created_with_a_window(signed_in: Console, api: Api) -> None:
    page = signed_in.page
    signed_in.go("/instances/new")
    page.get_by_label("Name", exact=True).fill("with-a-window")
    page.get_by_label("Maintenance window").select_option("daily")
    page.get_by_label("Opens at (UTC)").fill("22:15")
    page.get_by_label("For hours").fill("3")
    signed_in.button("Create instance").click()
    page.wait_for_url("**/instances/inst_*")
    instance_id = page.url.rpartition("/")[2]
    window = api.get(instance_id).json()["instance"]["maintenanceWindow"]
    assert window == {"day": None, "at": "22:15", "hours": 3}
    api.delete(instance_id)


def test_maintenance_is_put_into_a_window_put_off_and_done(signed_in: Console, api: Api) -> None:
    created = api.create(name="to-be-maintained")
    api.wait(created.id)
    page = signed_in.page
    signed_in.go(f"/instances/{created.id}/settings")
    page.get_by_label("Maintenance window").select_option("sunday")
    page.get_by_label("Opens at (UTC)").fill("04:30")
    page.get_by_label("For hours").fill("3")
    signed_in.button("Apply").click()
    expect(page.get_by_text("Change something, and this says")).to_be_visible()
    instance = api.get(created.id).json()["instance"]
    assert instance["maintenanceWindow"] == {"day": "sunday", "at": "04:30", "hours": 3}

    retire_task_of(created.id, signed_in.stack.facts["awsEndpointUrl"])
    [before] = api.get(created.id).json()["instance"]["pendingMaintenance"]
    signed_in.link("Overview").click()
    section = page.get_by_role("region", name="Maintenance that is to come")
    expect(section).to_contain_text("AWS retires the machine beneath it", timeout=RUNNING)
    signed_in.button("Put it off").click()
    expect(page.get_by_text("It was put off to the next window")).to_be_visible()
    [after] = api.get(created.id).json()["instance"]["pendingMaintenance"]
    assert before["startsAt"] < after["startsAt"]

    signed_in.button("Do it now").click()
    expect(signed_in.status("Changing")).to_be_visible()
    expect(signed_in.status("Running")).to_be_visible(timeout=RUNNING)
    expect(section).to_have_count(0)
    change = api.get(created.id).json()["instance"]["change"]
    assert (change["reason"], change["status"]) == ("RETIREMENT", "SUCCEEDED")
    api.delete(created.id)
