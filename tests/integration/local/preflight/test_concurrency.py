"""Lambda's concurrency against the parameters, as preflight finds it. moto has no settings of an account."""

from local.preflight.plan import Standing
from tests.integration.local.preflight.world import World

RECOMMENDED = {
    "ApiConcurrency": "500",
    "StreamConcurrency": "20",
    "RecordConcurrency": "100",
    "WatchConcurrency": "50",
}
SUBJECT = "Lambda's concurrency"
RAISE = [
    "    $ aws service-quotas request-service-quota-increase --service-code lambda \\",
    "        --quota-code L-B99A9384 --desired-value 1000 --region eu-central-1",
]


def has(world: World, total: int, unreserved: int | None = None) -> None:
    limit = {"ConcurrentExecutions": total, "UnreservedConcurrentExecutions": unreserved or total}
    world.stubbed("lambda").add_response("get_account_settings", {"AccountLimit": limit})


def test_the_numbers_that_the_guide_names_fit_into_a_thousand(world: World) -> None:
    world.given(**RECOMMENDED)
    has(world, 1000)
    assert world.check(SUBJECT) == (
        "OK    Lambda's concurrency  690 of 1,000 reserved by the parameters, 310 left to others"
    )


def test_numbers_that_leave_less_than_a_hundred_fail(world: World) -> None:
    world.given(**{**RECOMMENDED, "ApiConcurrency": "711"})
    has(world, 1000)
    assert world.check(SUBJECT).splitlines() == [
        "FAIL  Lambda's concurrency  the parameters reserve 901 of 1000, and 99 would be left: Lambda wants",
        "                            100",
        "                            Give smaller numbers, or 0 for each, or have the quota raised:",
        *RAISE,
    ]


def test_what_other_functions_reserve_counts(world: World) -> None:
    world.given(**RECOMMENDED)
    has(world, 1000, 700)
    assert world.check(SUBJECT).startswith(
        "FAIL  Lambda's concurrency  the parameters reserve 690 of 700, and 10 would be left"
    )


def test_an_update_first_gives_back_what_the_stack_has(world: World) -> None:
    world.given(**RECOMMENDED)
    world.planned(standing=Standing("UPDATE_COMPLETE", RECOMMENDED))
    has(world, 1000, 310)
    assert world.check(SUBJECT).startswith("OK")


def test_any_number_fails_in_a_new_account(world: World) -> None:
    world.given(WatchConcurrency="1")
    has(world, 10)
    assert world.check(SUBJECT).startswith(
        "FAIL  Lambda's concurrency  the parameters reserve 1 of 10, and 9 would be left"
    )


def test_a_new_account_without_numbers_warns(world: World) -> None:
    has(world, 10)
    assert world.check(SUBJECT).splitlines() == [
        "WARN  Lambda's concurrency  10 for all functions of the account: the API answers no more at once,",
        "                            and who waits is one of them",
        "                            Enough to try it out. Have the quota raised:",
        *RAISE,
    ]


def test_a_thousand_without_numbers_warns(world: World) -> None:
    has(world, 1000)
    assert world.check(SUBJECT).splitlines() == [
        "WARN  Lambda's concurrency  1,000, and no function has a number of its own: clients who wait can",
        "                            take them all",
        "                            Such as ApiConcurrency=500 StreamConcurrency=20 RecordConcurrency=100",
        "                            WatchConcurrency=50",
    ]


def test_who_may_not_see_the_settings_is_told_which_permission_that_takes(world: World) -> None:
    world.stubbed("lambda").add_client_error("get_account_settings", "AccessDeniedException", http_status_code=403)
    assert world.check(SUBJECT).splitlines()[0] == (
        "WARN  Lambda's concurrency  not checked: you may not lambda:GetAccountSettings"
    )
