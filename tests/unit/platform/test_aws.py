"""Every client of AWS: made once, kept alive, quick to give up, and with one policy of trying again."""

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.config import Config

from swiftcache.platform.aws import session
from tests.expanded import expanded
from tests.fakes.injector import FakeInjector
from tests.providers import needed, providers

ROOT = Path(__file__).parents[3]

Made = list[tuple[str, Config]]

ONCE = {
    ("dynamodb", "long_poll"): "a look that fails is followed by another",
    ("route53", "route53"): "its requests are counted, and the writer makes each again by itself",
    ("lambda", "impatient_lambda_client"): "it is done all the same if nobody waits for its end",
    ("lambda", "patient_lambda_client"): "the next minute's pass makes up for a shard",
}
"""Clients that never try again, by service and the provider that makes them, and why."""

MORE_OFTEN = {("s3", "s3"): (4, "one part of thousands that is lost would be all of a copy")}
"""Clients that try otherwise than all, by service and provider: how often, and why."""

PATIENT = {("lambda", "patient_lambda_client"): "CollectMetricsFunction", ("s3", "s3"): "TakeBackupFunction"}
"""Clients that wait for what takes long, by service and provider, and the function that must outlive the wait."""

EMPTY = ("ANSWER_NETWORKS", "WARM_POOL", "WEBHOOK_NETWORKS")
"""Variables that are read when something is built, and may be empty."""

NUMBERS = {"BACKUP_PROOF_DAYS": "1", "ROUTE53_REQUESTS_PER_SECOND": "4"}


class Variables(dict[str, str]):
    """Whatever is asked for."""

    def __missing__(self, name: str) -> str:
        return "" if name in EMPTY else NUMBERS.get(name, "any")


@pytest.fixture
def injector() -> FakeInjector:
    return FakeInjector(Variables())


@pytest.fixture
def made(injector: FakeInjector) -> dict[str, Made]:
    """What each provider makes, beyond what those before it have made."""
    everything: Made = []

    def client(service: str, config: Config) -> object:
        everything.append((service, config))
        return SimpleNamespace()

    injector.given[session] = SimpleNamespace(client=client)
    found: dict[str, Made] = {}
    for module, name in sorted(providers(), key=lambda provider: len(needed(provider))):
        before = len(everything)
        getattr(import_module(module), name)(injector)
        found[name] = everything[before:]
    return found


def settings(config: Config) -> dict[str, Any]:
    return vars(config)


def test_every_client_is_kept_alive_and_gives_up_soon(made: dict[str, Made]) -> None:
    configs = {(service, name): settings(config) for name, clients in made.items() for service, config in clients}
    assert len(configs) > 5
    assert [config["tcp_keepalive"] for config in configs.values()] == [True] * len(configs)
    assert max(config["connect_timeout"] for config in configs.values()) <= 1
    assert max(config["read_timeout"] for client, config in configs.items() if client not in PATIENT) <= 4


@pytest.mark.parametrize("client", PATIENT, ids=str)
def test_a_patient_client_gives_up_while_its_function_can_still_say_so(
    made: dict[str, Made], client: tuple[str, str]
) -> None:
    service, name = client
    [config] = [settings(config) for made_service, config in made[name] if made_service == service]
    function = expanded().resources[PATIENT[client]]
    assert config["connect_timeout"] + config["read_timeout"] < function["Properties"]["Timeout"]


def test_one_policy_says_how_often_a_call_is_tried_again(made: dict[str, Made]) -> None:
    for name, clients in made.items():
        for service, config in clients:
            if (service, name) in ONCE:
                assert settings(config)["retries"]["total_max_attempts"] == 1
            else:
                tries, _ = MORE_OFTEN.get((service, name), (2, ""))
                assert settings(config)["retries"] == {"mode": "standard", "total_max_attempts": tries}


def test_no_client_is_made_twice(made: dict[str, Made]) -> None:
    clients = [(service, id(config)) for found in made.values() for service, config in found]
    assert len(clients) == len(set(clients))
