"""An injector that is given fakes, instead of what the providers would build."""

from collections.abc import Callable, Mapping
from typing import TypeVar, cast

from swiftcache.platform.injector import Injector

T = TypeVar("T")
Provider = Callable[[Injector], object]


class FakeInjector(Injector):
    """What is in `given` takes the place of what its provider would build, for as long as it is in there.

    What was built from something is not built from anything else: a change of `given` shows at once.
    """

    def __init__(
        self, environment: Mapping[str, str] | None = None, given: Mapping[Provider, object] | None = None
    ) -> None:
        super().__init__({} if environment is None else environment)
        self.given: dict[Provider, object] = dict((given or {}).items())
        self._kept: dict[tuple[int, ...], tuple[list[object], dict[object, object]]] = {}

    def forget(self) -> None:
        """Everything that is not given is built anew, as in another process."""
        self._kept.clear()

    def build(self, provide: Callable[[Injector], T], build: Callable[[Injector], T]) -> T:
        given = self.given.copy()
        if provide in given:
            return cast(T, given[provide])
        _, built = self._kept.setdefault(tuple(map(id, [*given, *given.values()])), ([*given.values()], {}))
        if provide not in built:
            built[provide] = build(self)
        return cast(T, built[provide])
