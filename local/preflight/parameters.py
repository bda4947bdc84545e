"""The parameters, by the rules that template.yaml states for them and those that it cannot state."""

import ipaddress
import re
from collections.abc import Iterator

from local.preflight.asking import Clients
from local.preflight.lines import Line, fail, ok, warn
from local.preflight.plan import PREFIX, Plan, is_secret
from local.rules import complaints
from swiftcache.pool.model import parse_pool_targets


def parameters(_: Clients, plan: Plan) -> Iterator[Line]:
    """A line for each that is wrong or unusual; one for all if none is."""
    lines = [line for name in plan.template.parameters for line in _of(plan, name)]
    lines += [fail("parameters together", f"{words}.") for words in complaints(plan.template, plan.given)]
    yield from lines or [ok("parameters", f"{len(plan.template.parameters)}, as template.yaml wants them")]


def _of(plan: Plan, name: str) -> Iterator[Line]:
    rules, value = plan.template.parameters[name], plan.parameter(name)
    if not value and "Default" not in rules:
        yield fail(name, "not given", f"It is: {rules['Description']}.")
    elif name == "HostedZoneId" and value.startswith(PREFIX):
        yield fail(name, f"{value}, which is the id as Route 53 tells it", f"Give HostedZoneId={plan.zone}")
    elif rules["Type"] == "Number" and not (value.isascii() and value.isdigit()):
        yield fail(name, f"{value} is no number")
    elif value not in rules.get("AllowedValues", [value]):
        yield fail(name, f"{value} is not allowed", f"Wanted is one of {', '.join(rules['AllowedValues'])}.")
    elif not re.fullmatch(rules.get("AllowedPattern", ".*"), value):
        yield fail(name, f"{value} is not allowed", f"Wanted is {rules.get('ConstraintDescription', 'another form')}.")
    elif len(value) > rules.get("MaxLength", len(value)):
        yield fail(name, f"{len(value)} characters, and {rules['MaxLength']} are the most")
    else:
        yield from _beyond_patterns(plan, name, value)


def _beyond_patterns(plan: Plan, name: str, value: str) -> Iterator[Line]:
    match name:
        case "HostedZoneId" if not _ZONE.fullmatch(value):
            yield fail(name, f"{value} is no id of a hosted zone", "Such as Z0123456789ABCDEFGHIJ.")
        case "CertificateSecretArn" if not is_secret(value):
            yield fail(
                name, f"{value} is no secret's ARN", "Such as arn:aws:secretsmanager:<region>:<account>:secret:…"
            )
        case "AllowedCidr" if not _is_network(value):
            yield fail(name, f"{value} is no range of addresses", "Such as 203.0.113.0/24: what follows the bits is 0.")
        case "AllowedCidr" if value != plan.template.parameters[name]["Default"]:
            yield warn(
                name,
                f"{value} lets only these in; our functions connect from Lambda's public addresses",
                "If it does not contain those, no instance becomes RUNNING (docs/decisions/0006-public-addresses.md).",
            )
        case "ClientCidrs" if wrong := [each for each in value.split(",") if value and not _is_network(each)]:
            yield fail(
                name,
                f"{', '.join(wrong)} is no range of addresses",
                "Such as 10.20.0.0/16: what follows the bits is 0.",
            )
        case "WarmPool":
            try:
                parse_pool_targets(value)
            except ValueError as error:
                yield fail(name, f"{value}: {error}")
        case "WebhookNetworks" if value:
            yield warn(name, f"{value} may be reached by webhooks, by http too", "Leave it empty in production.")


_ZONE = re.compile(r"[A-Z0-9]{1,32}")


def _is_network(text: str) -> bool:
    try:
        ipaddress.IPv4Network(text)
    except ValueError:
        return False
    return True
