"""Lambda's concurrent executions: what the account has, and what the parameters take of it."""

from collections import Counter
from collections.abc import Iterator, Mapping

from local.preflight.asking import Clients, ask
from local.preflight.lines import Line, fail, ok, warn
from local.preflight.plan import Plan
from local.preflight.quota import increase

SUBJECT = "Lambda's concurrency"
UNRESERVED = 100
"""Lambda refuses a number that leaves less than these to the functions without one."""

_CODE = "L-B99A9384"
_LARGE = 1000


def concurrency(clients: Clients, plan: Plan) -> Iterator[Line]:
    """Whether Lambda takes the parameters."""
    answer = ask(clients("lambda"), "get_account_settings")["AccountLimit"]
    total, unreserved = answer["ConcurrentExecutions"], answer["UnreservedConcurrentExecutions"]
    ours = _reserved(plan, {name: plan.parameter(name) for name in plan.template.parameters})
    # What the stack has now, it gives back before it takes.
    before = _reserved(plan, plan.standing.parameters if plan.standing else {})
    left = unreserved + before - ours
    raising = increase("lambda", _CODE, _LARGE, plan.region)
    if ours and left < UNRESERVED:
        yield fail(
            SUBJECT,
            f"the parameters reserve {ours} of {unreserved + before}, and {left} would be left: "
            f"Lambda wants {UNRESERVED}",
            "Give smaller numbers, or 0 for each, or have the quota raised:",
            raising,
        )
    elif total < _LARGE:
        yield warn(
            SUBJECT,
            f"{total} for all functions of the account: the API answers no more at once, and who waits is one of them",
            "Enough to try it out. Have the quota raised:",
            raising,
        )
    elif not ours:
        yield warn(
            SUBJECT,
            f"{total:,}, and no function has a number of its own: clients who wait can take them all",
            "Such as ApiConcurrency=500 StreamConcurrency=20 RecordConcurrency=100 WatchConcurrency=50",
        )
    else:
        yield ok(SUBJECT, f"{ours} of {total:,} reserved by the parameters, {left} left to others")


def _reserved(plan: Plan, parameters: Mapping[str, str]) -> int:
    """What all functions together reserve with these parameters."""
    return sum(number * _number(parameters.get(name, "0")) for name, number in _functions(plan).items())


def _functions(plan: Plan) -> Counter[str]:
    """How many functions take each parameter's number."""
    found: Counter[str] = Counter()
    for resource in plan.template.resources.values():
        match resource.get("Properties", {}).get("ReservedConcurrentExecutions"):
            case {"Fn::If": [_, {"Ref": str(name)}, _]}:
                found[name] += 1
    return found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
