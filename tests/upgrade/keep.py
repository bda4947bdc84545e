"""`make machines RELEASE=<commit>`: keeps a release's state machines, which the functions after it are tested with.

They are that commit's files, and what its template puts in the place of their placeholders. There is one release of
which they are kept, the last: those of the one before it go.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
MACHINES = Path(__file__).parent / "machines"
TEMPLATE = "template.json"

_KEPT = ("Name", "DefinitionUri", "DefinitionSubstitutions")
_VERSION = re.compile(r'^__version__ = "([0-9.]+)"$', re.MULTILINE)


def keep(commit: str) -> Path:
    """The folder that they are in now. Raises CalledProcessError if there is no such commit."""
    [version] = _VERSION.findall(_show(commit, "layers/shared/swiftcache/__init__.py"))
    resources = yaml_parse(_show(commit, "template.yaml"))["Resources"]
    machines = {
        name: _machine(found["Properties"])
        for name, found in resources.items()
        if found["Type"] == "AWS::Serverless::StateMachine"
    }
    shutil.rmtree(MACHINES, ignore_errors=True)
    folder = MACHINES / str(version)
    folder.mkdir(parents=True)
    for machine in machines.values():
        file = machine["DefinitionUri"]
        machine["DefinitionUri"] = Path(file).name
        (folder / machine["DefinitionUri"]).write_text(_show(commit, file))
    (folder / TEMPLATE).write_text(json.dumps(machines, indent=2) + "\n")
    return folder


def _machine(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: properties[name] for name in _KEPT if name in properties}


def _show(commit: str, file: str) -> str:
    done = subprocess.run(["git", "show", f"{commit}:{file}"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


if __name__ == "__main__":
    print(f"the machines of {sys.argv[1]} are in {keep(sys.argv[1]).relative_to(ROOT)}")
