"""Dependency injection: what a process builds of its adapters and services, once each, when it is first needed.

A provider says how one thing is built, and takes what that is built from out of the same injector. Each feature has
its providers in its `wiring.py`. They import inside, so that a cold start pays for nothing that it does not use.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import TypeVar, cast

T = TypeVar("T")


class Injector:
    """`environment` are the variables that template.yaml gives the function."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = Environment(environment)
        self._built: dict[object, object] = {}

    def build(self, provide: Callable[["Injector"], T], build: Callable[["Injector"], T]) -> T:
        """What `build` made for this provider the first time."""
        if provide not in self._built:
            self._built[provide] = build(self)
        return cast(T, self._built[provide])


class Environment(Mapping[str, str]):
    """Environment variables. A missing one is an error that says where they come from."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def __getitem__(self, name: str) -> str:
        try:
            return self._variables[name]
        except KeyError:
            raise RuntimeError(f"the environment variable {name} is missing; template.yaml sets it") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def provider(build: Callable[[Injector], T]) -> Callable[[Injector], T]:
    """Makes a function that builds something one that builds it once for each injector."""

    @wraps(build)
    def provide(injector: Injector) -> T:
        return injector.build(provide, build)

    return provide


PROCESS = Injector(os.environ)
"""What this process builds. A handler has it unless it is given another."""
