"""What the operator sees of rollouts, and does about them."""

from playwright.sync_api import expect

from local.rollout import begin_rollout
from tests.browser.console import Console
from tests.e2e.api import Api


def test_a_rollout_is_undone_after_its_operator_has_read_what_that_does(signed_in: Console, api: Api) -> None:
    rollout = begin_rollout("7.2.16", signed_in.stack.facts["awsEndpointUrl"])
    path = f"/operations/rollouts/{rollout}"
    page = signed_in.page
    signed_in.go("/operator")
    signed_in.link("Rollouts").click()
    card = page.get_by_role("region", name="Redis 7.2.16").first
    expect(card).to_contain_text("In progress")
    expect(card).to_contain_text("Wave 1 of 5 (the canary)")
    card.get_by_role("button", name="Undo…").click()
    dialog = page.get_by_role("dialog", name="Undo the rollout of Redis 7.2.16?")
    expect(dialog).to_contain_text("an earlier patch of the line")
    dialog.get_by_text("Show as a command").click()
    expect(dialog).to_contain_text(f"{path}/undo")
    dialog.get_by_role("button", name="Undo", exact=True).click()
    expect(card).to_contain_text("Going back")
    expect(card.get_by_role("button", name="Undo…")).to_have_count(0)
    [told] = [one for one in api.send("GET", "/operations/rollouts").json()["rollouts"] if one["id"] == rollout]
    assert told["status"] == "UNDOING"

    card.get_by_role("button", name="Give up…").click()
    page.get_by_role("dialog").get_by_role("button", name="Give up", exact=True).click()
    expect(card).to_contain_text("Given up")
    expect(card).to_contain_text("the operator has given it up")
