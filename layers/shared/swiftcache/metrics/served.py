"""Which certificate each instance serves: what a pass has seen of it, kept in the record where that is news.

Each scrape shakes hands anyway. In calm it finds what the record has, and nothing is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from swiftcache.instances.certificate import ServedCertificate
from swiftcache.instances.model import Instance
from swiftcache.metrics.bucket_pass import ScrapeResult
from swiftcache.metrics.buckets import Owned
from swiftcache.metrics.ports import ServedCertificates

MOST = 200
"""So many are noted by a pass: the first one of a large fleet would come to no end. The next pass goes on."""


@dataclass(frozen=True, slots=True)
class NotNoted:
    """An instance whose certificate could not be kept, and why. The next pass tries again."""

    instance_id: str
    error: Exception


def note_served(
    instances: Sequence[Instance], results: Mapping[Owned, ScrapeResult], store: ServedCertificates
) -> tuple[str | None, Sequence[NotNoted]]:
    """Keeps what differs from the record; one instance's trouble does not keep the others waiting.

    And says when the first of all certificates ends that are served: None if none is known.
    """
    seen = {instance.id: _seen(instance, results) for instance in instances}
    news = [(one, found) for one in instances if (found := seen[one.id]) and found != one.certificate]
    failed = []
    for instance, found in news[:MOST]:
        try:
            store.note(instance, found)
        except Exception as error:
            failed.append(NotNoted(instance.id, error))
    # Of who was not read what the record has: nobody reads one whose certificate has ended.
    known = (seen[instance.id] or instance.serves for instance in instances)
    return min((one.not_after for one in known if one), default=None), failed


def _seen(instance: Instance, results: Mapping[Owned, ScrapeResult]) -> ServedCertificate | None:
    result = results.get(Owned.of(instance))
    if result is None or result.certificate is None or instance.endpoint is None:
        return None
    found = result.certificate
    return ServedCertificate(found.not_after, found.sha256_fingerprint, instance.endpoint.task)
