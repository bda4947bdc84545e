"""The deployment guide's line for the hosted zone's id, run on an answer such as Route 53 gives."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.infrastructure.expansions import ROOT

GUIDE = (ROOT / "docs" / "deploy.md").read_text()
PUBLIC, PRIVATE = "Z0123456789ABCDEFGHIJ", "Z9876543210ABCDEFGHIJ"

AWS = """\
#!{python}
import json, sys
import jmespath
assert sys.argv[1:5] == ["route53", "list-hosted-zones-by-name", "--dns-name", "example.com"], sys.argv
options = dict(zip(sys.argv[5::2], sys.argv[6::2], strict=True))
assert set(options) == {{"--output", "--query"}} and options["--output"] == "text", options
found = jmespath.search(options["--query"], json.loads({answer!r}))
print(*found if isinstance(found, list) else [found], sep="\\t")
"""
"""The AWS command line as far as the guide needs it: a list is printed as text, with tabs between."""


def zone(name: str, number: str, private: bool = False) -> dict[str, Any]:
    """One of `HostedZones`; the ids have their path in front, as in every answer of Route 53."""
    return {
        "Id": f"/hostedzone/{number}",
        "Name": name,
        "CallerReference": number,
        "Config": {"Comment": "", "PrivateZone": private},
        "ResourceRecordSetCount": 2,
    }


def printed(tmp_path: Path, *zones: dict[str, Any]) -> str:
    """What the guide's line prints where these are the zones from `example.com` on, in the order of their names."""
    [line] = re.findall(r"\$ (aws route53 list-hosted-zones-by-name.*?)\n   ```", GUIDE, re.DOTALL)
    program = tmp_path / "aws"
    program.write_text(AWS.format(python=sys.executable, answer=json.dumps({"HostedZones": zones})))
    program.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-euc", line], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


FOLLOWING = [zone("example.com.au.", "ZAUSTRALIA"), zone("a.example.com.", "ZSUBDOMAIN")]


@pytest.mark.parametrize(
    "zones",
    [
        [zone("example.com.", PUBLIC), *FOLLOWING],
        [zone("example.com.", PRIVATE, private=True), zone("example.com.", PUBLIC), *FOLLOWING],
    ],
    ids=["alone", "behind a private one of the same name"],
)
def test_it_prints_the_public_zones_id_as_the_parameter_takes_it(zones: list[dict[str, Any]], tmp_path: Path) -> None:
    assert printed(tmp_path, *zones) == f"{PUBLIC}\n"


def test_it_prints_nothing_where_there_is_no_such_public_zone(tmp_path: Path) -> None:
    private = zone("example.com.", PRIVATE, private=True)
    assert printed(tmp_path, private, *FOLLOWING).strip() == ""
