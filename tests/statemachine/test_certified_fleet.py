"""A fleet through the renewals of its certificate by a real authority, and through what may go wrong with that."""

import re
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from local.stack import DOMAIN
from swiftcache.access.audit import Action
from swiftcache.certificates.model import RenewalCode
from swiftcache.changes.wiring import replacement_service
from swiftcache.instances.change import ChangeReason, ChangeStatus
from tests.integration.certificates.front import RATE_LIMITED, Trouble, another_s_certificate, front, says
from tests.integration.certificates.pebble import NEEDS_PEBBLE
from tests.statemachine.certified_fleet import Authority, Fleet
from tests.statemachine.clock import SPEED, FastClock
from tests.statemachine.cloud import Cloud, running

pytestmark = [NEEDS_PEBBLE, pytest.mark.timeout(400)]

SIZE = 10


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with pytest.MonkeyPatch.context() as patch:
        # Ten at once take their time.
        patch.setattr(FastClock, "speed", SPEED / 4)
        yield from running(tmp_path_factory.mktemp("cloud"))


@pytest.fixture(scope="module")
def fleet(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with pytest.MonkeyPatch.context() as patch, front(tmp_path_factory.mktemp("front")) as made:
        # The library looks once a second, and Pebble is done at once.
        patch.setattr("acme.client.time", SimpleNamespace(sleep=lambda _: None))
        patch.setenv("REQUESTS_CA_BUNDLE", str(made.bundle))
        patch.setenv("ACME_DIRECTORY_URL", made.directory)
        account = cloud.client("secretsmanager").create_secret(Name="account")
        patch.setenv("ACME_ACCOUNT_ARN", account["ARN"])
        authority = Authority(cloud, made, patch)
        authority.start()
        try:
            with Fleet(cloud, authority, SIZE).at_work() as fleet:
                yield fleet
        finally:
            authority.stop()


def replaced(fleet: Fleet) -> None:
    """All of the fleet, because of the certificate, while keys are revoked."""
    fleet.watch()
    assert [[one.reason for one in instance.maintenance] for instance in fleet.instances] == [
        [ChangeReason.CERTIFICATE]
    ] * SIZE
    revoked = len(fleet.revoker.revoked)
    fleet.maintain()
    assert len(fleet.revoker.revoked) > revoked
    changes = [(one.change.reason, one.change.status) for one in fleet.instances if one.change]
    assert changes == [(ChangeReason.CERTIFICATE, ChangeStatus.SUCCEEDED)] * SIZE
    assert fleet.fingerprints(fleet.instances) == {fleet.current.sha256_fingerprint}


def test_a_fleet_goes_on_through_two_renewals_of_a_certificate_of_five_minutes(fleet: Fleet) -> None:
    fleet.watch()
    for _ in range(2):
        fleet.await_renewal()
        assert fleet.renew()["outcome"] == "RENEWED"
        replaced(fleet)
        fleet.assert_well()
    assert fleet.revoker.still_taken() == 0
    for member in fleet.members:
        for action in (Action.INSTANCE_MAINTENANCE_SCHEDULED, Action.INSTANCE_REPLACING, Action.INSTANCE_REPLACED):
            assert fleet.told(member.id, action).count(ChangeReason.CERTIFICATE) >= 2


def test_an_authority_that_was_away_is_asked_again_and_clients_verify_its_new_root_beside_the_old_one(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.watch()
    fleet.await_renewal()
    fleet.authority.stop()
    before = fleet.secret()
    failure = fleet.renew()["failure"]
    assert failure["code"] == RenewalCode.DIRECTORY_UNREACHABLE
    assert is_told(capsys)
    assert fleet.renew()["outcome"] == "WAITING"
    assert is_told(capsys)
    assert (fleet.secret(), fleet.cloud.texts()) == (before, {})
    fleet.assert_well()
    fleet.authority.start()
    while (outcome := fleet.renew()["outcome"]) == "WAITING":
        time.sleep(0.5)
    assert outcome == "RENEWED"
    assert fleet.state.failure is None
    assert fleet.secret()["authority"].split() == "".join(reversed(fleet.authority.roots)).split()
    replacement_service(fleet.cloud.injector).replace_task(fleet.cloud.caller, fleet.members[0].id)
    fleet.maintain()
    first, *others = fleet.instances
    assert fleet.fingerprints([first]) == {fleet.current.sha256_fingerprint}
    assert fleet.current.sha256_fingerprint not in fleet.fingerprints(others)
    fleet.assert_well()


@pytest.mark.parametrize(
    ("path", "trouble", "code"),
    [
        ("/dir", says(503, "<html>busy</html>", "text/html"), RenewalCode.REFUSED),
        ("/order-plz", RATE_LIMITED, RenewalCode.RATE_LIMITED),
        ("/finalize-order/", RATE_LIMITED, RenewalCode.RATE_LIMITED),
        ("/certZ/", another_s_certificate(DOMAIN), RenewalCode.WRONG_CERTIFICATE),
    ],
)
def test_a_wrong_answer_or_a_rate_limit_is_told_and_no_client_of_the_fleet_notices(
    fleet: Fleet, capsys: pytest.CaptureFixture[str], path: str, trouble: Trouble, code: RenewalCode
) -> None:
    front, before = fleet.authority.front, fleet.secret()
    front.troubles = {path: trouble}
    try:
        failure = fleet.renew(force=True)["failure"]
    finally:
        front.troubles = {}
    assert failure["code"] == code
    assert is_told(capsys)
    assert (fleet.secret(), fleet.cloud.texts()) == (before, {})
    fleet.assert_well()
    assert fleet.renew(force=True)["outcome"] == "RENEWED"
    assert not is_told(capsys)
    assert fleet.secret()["certificate"] != before["certificate"]


def is_told(capsys: pytest.CaptureFixture[str]) -> bool:
    """Whether the last renewal failed, by the figure of RenewalFailingAlarm."""
    [*_, figure] = re.findall(r'"RenewalFailing":\[([\d.]+)\]', capsys.readouterr().out)
    return float(figure) == 1
