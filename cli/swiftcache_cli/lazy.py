"""Commands whose module is imported when somebody types them: a start pays for one alone."""

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command


class _Commands(MutableMapping[str, Any]):
    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = dict(modules)
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            module = import_module(self._modules[name])
            command = get_command(module.app)
            command.name = name
            self._made[name] = command
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._modules[name] = ""
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._modules[name]
        self._made.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


def lazy_group(modules: Mapping[str, str]) -> type[TyperGroup]:
    """A group of these: the word, and the module that has its `app`."""

    class LazyGroup(TyperGroup):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.commands = _Commands(modules)

    return LazyGroup
