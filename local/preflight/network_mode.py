"""Another network than the stack has: whether its instances would be out of reach, of their clients or of functions."""

from collections.abc import Iterator
from dataclasses import dataclass

from local.preflight.asking import Clients, ask_all
from local.preflight.lines import Line, counted, fail
from local.preflight.plan import Plan, Standing, functions_are_inside
from swiftcache.platform.items import FLEET

SUBJECT = "network"
GUIDE = "docs/network.md has the steps."


@dataclass(frozen=True, slots=True)
class Fleet:
    """How many have a task, members of the warm pool too. Of those of `unknown` no private address is in the record."""

    public: int = 0
    private: int = 0
    unknown: int = 0

    @property
    def all(self) -> int:
        return self.public + self.private + self.unknown


def network_mode(clients: Clients, plan: Plan) -> Iterator[Line]:
    """Nothing while both stay what they are. Raises as `ask_all` does."""
    if not plan.is_update or plan.standing is None:
        return
    before, after = _before(plan, plan.standing, "VpcId"), plan.parameter("VpcId")
    if before != after:
        yield fail(
            SUBJECT,
            f"VpcId was {before or 'empty'} and is to be {after or 'empty'}: instances that there are would be out of "
            "reach",
            "Back them up and delete them first, or deploy a second stack (docs/network.md).",
        )
    modes = _before(plan, plan.standing, "NetworkMode"), plan.parameter("NetworkMode")
    ports = _before(plan, plan.standing, "Port6380"), plan.parameter("Port6380")
    if modes[0] != modes[1] or ports[0] != ports[1]:
        there = fleet(clients, plan.standing)
        yield from _move(*modes, there)
        yield from _enter(modes, ports, there)


def _before(plan: Plan, standing: Standing, name: str) -> str:
    return standing.parameters.get(name, str(plan.template.parameters[name]["Default"]))


def _move(before: str, after: str, there: Fleet) -> Iterator[Line]:
    was = _was("NetworkMode", before, after)
    match before, after:
        case "public-to-private", "private":
            if left := there.public + there.unknown:
                yield fail(
                    SUBJECT,
                    f"{was}{left} of {counted(there.all, 'instance')} have a public address still, and would be out of "
                    "reach",
                    f"They are replaced in their windows, or at once by POST …/maintenance/network/now. {GUIDE}",
                )
        case "public-to-private", "public":
            if there.private:
                yield fail(
                    SUBJECT,
                    f"{was}{there.private} of {counted(there.all, 'instance')} have no public address, and would be "
                    "out of reach",
                    "Go on, or back them up and delete them first (docs/network.md).",
                )
        case "public", "private":
            if there.all:
                yield fail(
                    SUBJECT,
                    f"{was}{counted(there.all, 'instance')} would be out of reach",
                    f"First NetworkMode=public-to-private, and then private. {GUIDE}",
                )
        case "private", ("public" | "public-to-private"):
            if there.all:
                yield fail(
                    SUBJECT,
                    f"{was}{counted(there.all, 'instance')} would be out of reach",
                    "There is no way back: back them up and delete them first, or deploy a second stack.",
                )


def _enter(modes: tuple[str, str], ports: tuple[str, str], there: Fleet) -> Iterator[Line]:
    """Functions come into the network of public tasks, or leave it."""
    before, after = (functions_are_inside(*found) for found in zip(modes, ports, strict=True))
    if "private" in modes or before == after:
        return
    if after and there.unknown:
        was = _was("NetworkMode", *modes) if modes[0] != modes[1] else _was("Port6380", *ports)
        yield fail(
            SUBJECT,
            f"{was}of {there.unknown} of {counted(there.all, 'instance')} the record has no private address, and "
            "functions would not reach them",
            "It is noted within some minutes of the update to this release, 500 instances at a time, once no change of "
            "them is under way: look again.",
        )
    if "closed" in ports and there.all:
        yield fail(
            SUBJECT,
            f"{_was('Port6380', *ports)}{counted(there.all, 'instance')} could not be connected to for a moment, and "
            "functions would not reach port 6380 for minutes",
            f"First Port6380=closing, and then {ports[1]}. {GUIDE}",
        )


def _was(name: str, before: str, after: str) -> str:
    return f"{name} was {before} and is to be {after}: "


def fleet(clients: Clients, standing: Standing) -> Fleet:
    """As the table's index has them, which may be a moment late. What is on its way out does not count."""
    items = ask_all(
        clients("dynamodb"),
        "query",
        "Items",
        TableName=standing.outputs["TableName"],
        IndexName="Fleet",
        KeyConditionExpression="fleet = :fleet",
        FilterExpression="attribute_exists(endpoint) AND #status <> :deleting",
        ProjectionExpression="endpoint",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":fleet": {"S": FLEET}, ":deleting": {"S": "DELETING"}},
    )
    endpoints = [item["endpoint"]["M"] for item in items]
    known = [(one["address"]["S"], one["privateAddress"]["S"]) for one in endpoints if "privateAddress" in one]
    private = sum(address == inner for address, inner in known)
    return Fleet(len(known) - private, private, len(endpoints) - len(known))
