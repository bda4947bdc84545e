"""From which engine and version another can be come to in place: by replication, without the loss of a write."""

from swiftcache.engines.compatibility import loads, newest_rdb
from swiftcache.engines.model import EngineName, Offer, Offers, line_of, numbers


def target_of(
    offers: Offers, engine: EngineName, running: str | None, wanted: EngineName | None, version: str | None
) -> Offer | None:
    """What a change leads to of an instance that runs `running` of `engine`; None if it is that already.

    `version` is a line or one exactly. Raises InvalidRequest for what is not offered.
    """
    if wanted is None and version is None:
        return None
    offer = offers.find(wanted or engine, version)
    if offer.engine is not engine:
        return offer
    if version is None or (running is not None and (running == version or running.startswith(f"{version}."))):
        return None
    return offer


def no_way(engine: EngineName, running: str | None, target: Offer) -> str | None:
    """Why there is no way to it; None if there is one."""
    if running is None or target.version is None:
        unknown = engine if running is None else target.engine
        return f"it is not known yet which version of {unknown} runs; try again in some minutes"
    here = f"{engine} {running}"
    if engine is EngineName.VALKEY and target.engine is EngineName.REDIS:
        return f"there is no way back from {here} to {target}: create another instance, and copy the data"
    if engine is target.engine and numbers(target.version) < numbers(running):
        return f"{target} is older than what it runs, {here}, whose data it may not read"
    written = newest_rdb(engine, running)
    if written is not None and not loads(target.engine, target.version, written):
        return f"{target} does not read what {here} writes (RDB version {written})"
    return None


def is_earlier_patch(version: str, running: str) -> bool:
    """Whether it is an earlier version of the same line, which reads the same data: RDB versions change with lines."""
    return line_of(version) == line_of(running) and numbers(version) < numbers(running)


def older_than_running(
    offers: Offers, engine: EngineName, running: str | None, *, may_go_back: bool = False
) -> str | None:
    """Why no task may be started in the place of one that runs `running`; None if one may.

    `may_go_back`: one of an earlier patch may, and still none of another line.
    """
    offer = offers.of(engine)
    if offer is None:
        return f"there is no image of {engine} here any more"
    if may_go_back and running and offer.version and is_earlier_patch(offer.version, running):
        return None
    if running is not None and offer.version is not None and numbers(offer.version) < numbers(running):
        return f"the image is of {offer}, and the instance runs {running}"
    return None
