"""What the operator wants, from `Name=value` words and from the samconfig.toml that `sam deploy --guided` writes."""

import shlex
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OURS = ("StackName", "Region", "Account", "Instances", "Profile")
"""What may be said besides the template's parameters."""

STACK = "swiftcache"


class UsageError(Exception):
    """The message says what is wrong with the call."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is empty was not said."""

    stack: str
    region: str
    account: str
    profile: str
    instances: int
    parameters: Mapping[str, str]

    def check_names(self, known: Iterable[str]) -> None:
        """Raises UsageError for a parameter that the template, which knows these, does not have."""
        if unknown := sorted(set(self.parameters) - set(known)):
            raise UsageError(f"there is no {', '.join(unknown)}; there are {', '.join([*OURS, *known])}")


def wanted(words: Iterable[str], config: Path) -> Wanted:
    """A word wins over the file.

    Raises UsageError for what cannot be read, and if there are neither words nor a file.
    """
    said = {**(_of_file(config) if config.exists() else {}), **_of_words(words)}
    if not said:
        raise UsageError(
            f"what is to be deployed? There is no {config.name}, so say it: "
            'make preflight ARGS="StackName=… DomainName=… HostedZoneId=…"'
        )
    instances = said.get("Instances", "0")
    if not (instances.isascii() and instances.isdigit()):
        raise UsageError(f"Instances={instances} is no number")
    return Wanted(
        stack=said.get("StackName", STACK),
        region=said.get("Region", ""),
        account=said.get("Account", ""),
        profile=said.get("Profile", ""),
        instances=int(instances),
        parameters={name: value for name, value in said.items() if name not in OURS},
    )


def _of_words(words: Iterable[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise UsageError(f"{wrong[0]} has no value: Name=value is what is wanted")
    return {"Instances" if name == "INSTANCES" else name: value for name, _, value in pairs}


def _of_file(config: Path) -> dict[str, str]:
    try:
        read = tomllib.loads(config.read_text())
    except (OSError, ValueError) as error:
        raise UsageError(f"{config} cannot be read: {error}") from error
    # As SAM does: what is said for all its commands, and over it what is said for `deploy`.
    default = read.get("default", {})
    said: dict[str, Any] = {
        **default.get("global", {}).get("parameters", {}),
        **default.get("deploy", {}).get("parameters", {}),
    }
    overrides = said.get("parameter_overrides", "")
    words = overrides if isinstance(overrides, list) else shlex.split(overrides)
    ours = {"StackName": "stack_name", "Region": "region", "Profile": "profile"}
    return {**{name: str(said[key]) for name, key in ours.items() if key in said}, **_of_words(words)}
