"""How a storm's processes wait for one another."""

from collections.abc import Sequence

from tests.bench.storm_scheduler import Process, Scheduler, Work


class Signal:
    """Something that happens once, and that processes can wait for."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._waiting: list[Process] = []
        self.is_set = False

    def set(self) -> None:
        self.is_set = True
        for process in self._waiting:
            self._scheduler.wake(process)
        self._waiting.clear()

    def wait(self, seconds: float | None = None) -> bool:
        """Until it happens, or for so long. Whether it has happened."""
        if not self.is_set:
            me = self._scheduler.current
            self._waiting.append(me)
            try:
                self._scheduler.park(seconds)
            finally:
                if me in self._waiting:
                    self._waiting.remove(me)
        return self.is_set


def together(scheduler: Scheduler, works: Sequence[Work], at_most: int = 0) -> list[object]:
    """What they return, each run in a process of its own, `at_most` so many at once (0: all).

    The first that raises an exception ends the others where they wait; it is raised here.
    """
    results: list[object] = [None] * len(works)
    errors: list[Exception] = []
    done = Signal(scheduler)
    left = iter(enumerate(works))
    to_come = len(works)

    def work() -> None:
        nonlocal to_come
        for index, one in left:
            try:
                results[index] = one()
            except Exception as error:
                errors.append(error)
                done.set()
                return
            to_come -= 1
            if not to_come:
                done.set()

    workers = [scheduler.spawn(work) for _ in range(min(at_most or len(works), len(works)))]
    try:
        if works:
            done.wait()
    finally:
        for worker in workers:
            scheduler.cancel(worker)
    if errors:
        raise errors[0]
    return results
