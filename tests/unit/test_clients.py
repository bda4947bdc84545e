"""Every client of AWS: made once, kept alive, quick to give up, and with one policy of trying again."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.config import Config

from swiftcache import wiring
from tests.statemachine.cloud import forget_wiring

Made = list[tuple[str, Config]]

ONCE = {
    ("dynamodb", "waiting"): "a look that fails is followed by another",
    ("lambda", "configurator"): "it is done all the same if nobody waits for its end",
}
"""Clients that never try again, by service and the function of the wiring that makes them, and why."""


NONE = ("WARM_POOL", "WEBHOOK_NETWORKS")
"""What is read when it is looked at, and may be empty."""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Made]]:
    """What each function of the wiring makes, beyond what those before it have made."""
    everything: Made = []

    def client(service: str, config: Config) -> object:
        everything.append((service, config))
        return SimpleNamespace()

    monkeypatch.setattr(wiring, "_session", lambda: SimpleNamespace(client=client))
    monkeypatch.setattr(wiring, "_environment", lambda name: "" if name in NONE else "any")
    forget_wiring()
    found: dict[str, Made] = {}
    for name, function in list(vars(wiring).items()):
        if hasattr(function, "cache_clear"):
            before = len(everything)
            function()
            found[name] = everything[before:]
    yield found
    forget_wiring()


def settings(config: Config) -> dict[str, Any]:
    return vars(config)


def test_every_client_is_kept_alive_and_gives_up_soon(made: dict[str, Made]) -> None:
    configs = [settings(config) for clients in made.values() for _, config in clients]
    assert len(configs) > 5
    assert [config["tcp_keepalive"] for config in configs] == [True] * len(configs)
    assert max(config["connect_timeout"] for config in configs) <= 1
    assert max(config["read_timeout"] for config in configs) <= 4


def test_one_policy_says_how_often_a_call_is_tried_again(made: dict[str, Made]) -> None:
    for name, clients in made.items():
        for service, config in clients:
            if (service, name) in ONCE:
                assert settings(config)["retries"]["total_max_attempts"] == 1
            else:
                assert config is wiring._config()
    assert settings(wiring._config())["retries"] == {"mode": "standard", "total_max_attempts": 2}


def test_no_client_is_made_twice(made: dict[str, Made]) -> None:
    clients = [(service, id(config)) for found in made.values() for service, config in found]
    assert len(clients) == len(set(clients))
