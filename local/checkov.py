"""`make checkov`: what checkov finds in the template and in all files, and .checkov.yaml does not answer.

An answer to what is found no more is reported too, so that none stays which nobody needs. checkov asks nobody for
anything: no rules are loaded, and no newer version is looked for.
"""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ANSWERS = ROOT / ".checkov.yaml"

_FRAMEWORKS = ("cloudformation", "secrets")
_ENTRY = re.compile(r"^ +- (\w+)$")
_COMMENT = re.compile(r"^ +# (.+)$")


def answers(text: str) -> dict[str, str]:
    """The reason of each check that the configuration skips. Raises ValueError for one without."""
    found: dict[str, str] = {}
    reason: list[str] = []
    for line in text.partition("skip-check:\n")[2].splitlines():
        if comment := _COMMENT.match(line):
            reason.append(comment[1])
        elif entry := _ENTRY.match(line):
            if not reason:
                raise ValueError(f"{entry[1]} is skipped without a reason")
            found[entry[1]] = " ".join(reason)
            reason = []
    return found


def findings(output: str) -> dict[str, set[str]]:
    """Where each check failed, by its id, from what checkov prints as JSON. Raises ValueError if it is none."""
    reports: Any = json.loads(output)
    found = defaultdict(set)
    for report in reports if isinstance(reports, list) else [reports]:
        for failed in report.get("results", {}).get("failed_checks", []):
            # Of a secret, the resource is its hash.
            where = failed["file_path"] if failed["check_id"].startswith("CKV_SECRET") else failed["resource"]
            found[failed["check_id"]].add(where)
    return dict(found)


def complaints(found: Mapping[str, Iterable[str]], answered: Iterable[str]) -> list[str]:
    """What has no answer, and which answers nothing asks for."""
    return [
        *(f"{check}: {', '.join(sorted(found[check]))}" for check in sorted(set(found) - set(answered))),
        *(f"{check}: is in .checkov.yaml, and found no more" for check in sorted(set(answered) - set(found))),
    ]


def run(checkov: Path) -> str:
    """What it prints as JSON."""
    done = subprocess.run(
        [
            *(checkov, "--directory", ROOT, "--framework", *_FRAMEWORKS),
            # It reads .checkov.yaml by itself, and this goes before it: what is answered is to be found too.
            *("--skip-check", "NOTHING", "--skip-download", "--quiet", "--output", "json"),
        ],
        env={**os.environ, "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1) or not done.stdout:
        sys.exit(f"swiftcache: checkov failed: {done.stderr.strip()}")
    return done.stdout


def main() -> None:
    found, answered = findings(run(Path(sys.argv[1]))), answers(ANSWERS.read_text())
    wrong = complaints(found, answered)
    for line in wrong:
        print(line)
    print(f"checkov: {len(found)} checks fail, {len(wrong)} not as .checkov.yaml says")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
