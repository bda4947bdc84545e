"""Another network than the stack has: whether its instances would be out of reach, of their clients or of functions."""

from collections.abc import Iterator
from dataclasses import dataclass

from local.preflight.asking import Clients, ask_all
from local.preflight.lines import Line, counted, fail
from local.preflight.plan import Plan, Standing
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
    before, after = _before(plan, plan.standing, "NetworkMode"), plan.parameter("NetworkMode")
    if before != after:
        yield from _move(before, after, fleet(clients, plan.standing))


def _before(plan: Plan, standing: Standing, name: str) -> str:
    return standing.parameters.get(name, str(plan.template.parameters[name]["Default"]))


def _move(before: str, after: str, there: Fleet) -> Iterator[Line]:
    was = f"NetworkMode was {before} and is to be {after}: "
    match before, after:
        case "public", "public-to-private":
            if there.unknown:
                yield fail(
                    SUBJECT,
                    f"{was}of {there.unknown} of {counted(there.all, 'instance')} the record has no private address, "
                    "and functions would not reach them",
                    "It is noted within some minutes of the update to this release, 500 instances at a time, once no "
                    "change of them is under way: look again.",
                )
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
                    "out of reach of functions",
                    "Go on, or back them up and delete them first (docs/network.md).",
                )
        case "public", "private":
            if there.all:
                yield fail(
                    SUBJECT,
                    f"{was}{counted(there.all, 'instance')} would be out of reach",
                    f"First NetworkMode=public-to-private, and then private. {GUIDE}",
                )
        case _:
            if there.all:
                yield fail(
                    SUBJECT,
                    f"{was}{counted(there.all, 'instance')} would be out of reach",
                    "There is no way back: back them up and delete them first, or deploy a second stack.",
                )


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
