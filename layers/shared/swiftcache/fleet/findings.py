"""What a pass of the reconciler is asked for, and what it finds."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from swiftcache.fleet.summary import FindingCount, FleetCount, PassSummary

WAIT, REFUSE, CORRECT, RESUME, RECOVER, FAIL, CHECK = "wait", "refuse", "correct", "resume", "recover", "fail", "check"
NOTE = "note"


@dataclass(frozen=True, slots=True)
class ReconcileRequest:
    """What a pass is to do. `limit` None is LIMIT; an operator's own may be any. A dry run changes nothing at all.

    `backups`: it looks at the backups of every organization, and not only of those whose turn it is.
    """

    request_id: str
    limit: int | None = None
    dry_run: bool = False
    backups: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: what is not as it should be, and what is done about it. `error` is why that did not work."""

    kind: str
    name: str
    owner: str
    action: str
    first_seen: str | None = None
    error: Exception | None = None


@dataclass(slots=True)
class Report:
    """What a pass has found, and the fleet in figures. It is `complete` if it came to its end, and so could remove
    anything."""

    findings: list[Finding] = field(default_factory=list)
    complete: bool = False
    fleet: FleetCount = field(default_factory=FleetCount)

    @property
    def orphans(self) -> int:
        """How many owners' resources belong to nobody."""
        return len({finding.owner for finding in self.findings if finding.first_seen})

    def found(self, action: str) -> int:
        """How often this action was taken."""
        return sum(finding.action == action for finding in self.findings)

    def done(self, *actions: str) -> int:
        """For how many owners one of these actions was taken, without an error."""
        done = [finding for finding in self.findings if finding.action in actions and not finding.error]
        return len({(finding.action, finding.owner) for finding in done})

    def summary(self, ended_at: str) -> PassSummary:
        """What is kept of it."""
        found: Counter[tuple[str, str]] = Counter()
        failed: Counter[tuple[str, str]] = Counter()
        for finding in self.findings:
            found[finding.kind, finding.action] += 1
            failed[finding.kind, finding.action] += finding.error is not None
        counts = (FindingCount(*which, number, failed[which]) for which, number in sorted(found.items()))
        return PassSummary.of(self.fleet, tuple(counts), ended_at)

    def do(self, request: ReconcileRequest, finding: Finding, act: Callable[[], bool]) -> None:
        """Unless it turns out that there is nothing to do."""
        error, done = (None, True) if request.dry_run else tried(act)
        if error or done:
            self.findings.append(replace(finding, error=error))


def tried(act: Callable[[], object]) -> tuple[Exception | None, object]:
    """What went wrong, or what came of it. One's trouble is nobody else's, and the next pass comes to it again."""
    try:
        return None, act()
    except Exception as error:
        return error, None
