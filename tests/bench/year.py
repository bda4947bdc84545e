"""What a year asks of a fleet, and what that costs, by the model and the list."""

from tests.bench import real_calls
from tests.bench.costs import cost
from tests.bench.lifecycle_on_aws import known
from tests.bench.lifecycle_on_aws import run as run_operation
from tests.bench.lines import Goal, Line, Part, Say, Source
from tests.bench.stage_times import Typical
from tests.expanded import expanded
from tests.unit.maintenance.year import DAYS, IMAGES, ISSUED, ONE_IN, RETIRED, Year

INSTANCES = 100

METHOD = f"""
A fleet of {INSTANCES} lives {DAYS} days on virtual time with the service's own keepers and watches: {len(ISSUED)}
certificates are renewed, {len(IMAGES)} images come by rollouts, AWS retires {len(RETIRED)} tasks, a zone of three is
lost, and one of {ONE_IN} replacements fails and is tried again (`tests/unit/maintenance/year.py`). A replacement costs
what a resize costs, and a recovery what the part *machines* counts: requests only.
""".strip().replace("\n", " ")


def run(say: Say) -> Part:
    year = Year(INSTANCES)
    tally = year.play()
    say(f"{tally.replacements} replacements, {tally.recoveries} recoveries")
    memory = {name: found.memory for name, found in expanded().functions.items()}
    made = real_calls.count(say)
    lives = {operation.name: run_operation(operation, Typical()) for operation in known()}
    dollars = {name: cost(lives[name], made[name], memory).total for name in ("resize", "recovery")}
    begun = tally.replacements + tally.failed
    paid = begun * dollars["resize"] + tally.recoveries * dollars["recovery"]
    wrong = len({*tally.expired, *tally.outside, *tally.stopped_by_aws})
    apart = len(ISSUED) + len(IMAGES)
    return Part(
        "year",
        "A year of a fleet: not measured",
        METHOD,
        [
            Line("replacements of an instance", tally.replacements / INSTANCES, "", apart, "one for each reason"),
            Line("replacements that failed", tally.failed, "", source=Source.MODELLED),
            Line("recoveries", tally.recoveries, "", source=Source.MODELLED),
            Line("instances that were not served as they should be", wrong, "", goal=Goal(0), source=Source.MODELLED),
            Line("an instance's year", paid / INSTANCES, "USD", source=Source.MODELLED),
        ],
    )
