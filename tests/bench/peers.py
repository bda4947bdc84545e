"""How long other managed Redis services take, as far as the public can know."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tests.bench.lines import Line
from tests.bench.results import Results


class Kind(StrEnum):
    """How a figure was come by."""

    ADVERTISED = "its documentation"
    RECORDED = "recorded API traffic"
    WHOLE_TEST = "a whole create-and-destroy test: an upper bound"
    ALARM = "its alarm thresholds: an upper bound"


@dataclass(frozen=True, slots=True)
class Peer:
    """`create` is the shortest and the longest creation, in seconds; None where nothing is known."""

    name: str
    kind: Kind
    create: tuple[float, float] | None
    creates: str
    deletes: str = "–"
    changes: str = "–"

    @property
    def source(self) -> str:
        return self.kind.value


PEERS = (
    Peer("The service whose API this is", Kind.ADVERTISED, (30, 60), "30–60 s", "10–30 s"),
    Peer(
        "Scaleway Redis",
        Kind.RECORDED,
        (72, 183),
        "72–183 s, median 106.5 s of 12 runs",
        "31–67 s, median 43.5 s",
        "size 161 s, password 46–94 s, settings 82 s",
    ),
    Peer("ElastiCache Serverless", Kind.ADVERTISED, (60, 60), "“under a minute”"),
    Peer(
        "ElastiCache Serverless",
        Kind.WHOLE_TEST,
        (301, 371),
        "301–371 s with the deletion",
        "–",
        "644–727 s with all else",
    ),
    Peer("ElastiCache nodes", Kind.WHOLE_TEST, (483, 510), "483–510 s with the deletion"),
    Peer("MemoryDB", Kind.WHOLE_TEST, (1108, 1438), "1,108–1,438 s with the deletion"),
    Peer("Redis Cloud Pro", Kind.ADVERTISED, (600, 900), "10–15 minutes", "–", "one at a time for an account"),
    Peer("Redis Cloud Essentials", Kind.ADVERTISED, (60, 60), "about a minute"),
    Peer("Aiven", Kind.ADVERTISED, (120, 120), "a couple of minutes"),
    Peer("DigitalOcean", Kind.WHOLE_TEST, (264, 297), "264–297 s with the deletion"),
    Peer("Azure Managed Redis", Kind.ADVERTISED, (1200, 1200), "typically 20 minutes and more"),
    Peer("Memorystore", Kind.ADVERTISED, None, "–", "–", "from 2 to 8 GB over 20 minutes"),
    Peer(
        "Upstash (shared servers)",
        Kind.ADVERTISED,
        None,
        "“seconds”, in the request",
        "in the request",
        "1–2 s cut off",
    ),
    Peer("Ubicloud (Postgres)", Kind.ALARM, (600, 600), "alarm after 10 minutes", "alarm after 5 minutes"),
)


def comparison(results: Results) -> Iterator[str]:
    """The table, in Markdown. Our figures are the model's: only those are of AWS, as the peers' are."""
    cold = results.line("aws_model", "create", "cold", "p50")
    warm = results.line("aws_model", "create", "warm", "p50")
    ours = [(name, line) for name, line in (("cold", cold), ("warm", warm)) if line]
    heads = ["service", "creation", "deletion", "change", "known from"]
    heads[2:2] = [f"× our {name} one, {line.value:.3g} s" for name, line in ours]
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for peer in PEERS:
        cells = [peer.name, peer.creates, peer.deletes, peer.changes, peer.source]
        cells[2:2] = [times(peer, line) for _, line in ours]
        yield f"| {' | '.join(cells)} |"


def times(peer: Peer, ours: Line) -> str:
    """How many times as long a peer's creation takes as ours, from its shortest to its longest."""
    if peer.create is None:
        return "–"
    low, high = (_factor(seconds / ours.value) for seconds in peer.create)
    return f"{low} ×" if low == high else f"{low}–{high} ×"


def _factor(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}"
