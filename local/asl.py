"""The state machines' files: where they are, and what is in them. Whoever needs a machine takes it from here."""

from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[1] / "statemachine"
SUFFIX = ".asl.yaml"

Definition = dict[str, Any]


class _Loader(yaml.CSafeLoader):
    """PyYAML's, but strict about keys: JSON has only strings, and one that stands twice would lose what came first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str" or key.value in seen:
                problem = f"{key.value!r} stands twice, or is no string"
                raise yaml.constructor.ConstructorError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def files(folder: Path = FOLDER) -> list[Path]:
    """The files of a folder's machines, by name."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def names(folder: Path = FOLDER) -> list[str]:
    """The machines' names, without the files' ending."""
    return [file.name.removesuffix(SUFFIX) for file in files(folder)]


def load(name: str, folder: Path = FOLDER) -> Definition:
    """A machine by its name, placeholders and all. Raises OSError, and what `parse` raises."""
    return read(folder / f"{name}{SUFFIX}")


def read(file: Path) -> Definition:
    """The machine in a file. Raises OSError, and what `parse` raises."""
    return parse(file.read_text())


def parse(text: str) -> Definition:
    """The machine that a text says. Raises yaml.YAMLError if it is not one mapping, or has keys that JSON has not."""
    definition = _Loader(text).get_single_data()
    if not isinstance(definition, dict):
        raise yaml.YAMLError("a machine is a mapping")
    return definition
