"""`make preflight`: reads what is wanted, looks at everything side by side, prints the table."""

import os
import ssl
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local import template as templates
from local.errors import StartupError
from local.preflight.asking import Clients, NotAnswered, unexpected
from local.preflight.build import build
from local.preflight.checks import CHECKS
from local.preflight.clients import AwsClients, region_of
from local.preflight.credentials import credentials, identity, refused
from local.preflight.lines import Line, has_failed
from local.preflight.plan import Plan
from local.preflight.progress import Progress
from local.preflight.stack import SUBJECT, stack, standing
from local.preflight.table import as_json, table
from local.preflight.wanted import UsageError, Wanted, wanted

ROOT = Path(__file__).parents[2]
USAGE = 2
_WORKERS = 8


def main(arguments: Sequence[str], config: Path = ROOT / "samconfig.toml") -> int:
    """0 if nothing would fail, 1 if something would, 2 if the call is wrong (make itself ends with 2 for both).

    `--json` prints JSON.
    """
    words = [word for word in arguments if word != "--json"]
    progress = Progress(lambda text: print(text, file=sys.stderr, flush=True))
    try:
        lines = _looked(words, config, progress)
    except (UsageError, StartupError) as error:
        print(f"preflight: {error}", file=sys.stderr)
        return USAGE
    print(as_json(lines) if "--json" in arguments else table(lines))
    return 1 if has_failed(lines) else 0


def _looked(words: Sequence[str], config: Path, progress: Progress) -> list[Line]:
    """Raises UsageError, StartupError."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        said = wanted(words, config)
        clients, region = _aws(said)
        expanding = pool.submit(templates.read_beside, ROOT / "template.yaml")
        here = pool.submit(lambda: list(build(os.environ.get("PATH", ""))))
        template = progress.wait("template.yaml", expanding)
        said.check_names(template.parameters)
        try:
            who = progress.wait("credentials", pool.submit(identity, clients))
        except NotAnswered as error:
            return [refused(error), *progress.wait("build", here)]
        plan = Plan(
            stack=said.stack,
            region=region,
            given=said.parameters,
            template=template,
            now=datetime.now(UTC),
            account=who.account,
            partition=who.partition,
            instances=said.instances,
            trusted=frozenset(ssl.create_default_context().get_ca_certs(binary_form=True)),
        )
        try:
            found = progress.wait(SUBJECT, pool.submit(standing, clients, said.stack))
            of_stack = list(stack(found, said.stack))
        except NotAnswered as error:
            found, of_stack = None, [error.line(SUBJECT)]
        except ClientError as error:
            found, of_stack = None, [unexpected(error).line(SUBJECT)]
        plan = replace(plan, standing=found)
        futures = [(check.subject, pool.submit(check.lines, clients, plan)) for check in CHECKS]
        looked = [line for subject, future in futures for line in progress.wait(subject, future)]
        return [*credentials(who, said, region), *of_stack, *looked, *progress.wait("build", here)]


def _aws(said: Wanted) -> tuple[Clients, str]:
    """Raises UsageError where the profile or the region is missing."""
    try:
        region = region_of(said)
    except BotoCoreError as error:
        raise UsageError(str(error)) from error
    if not region:
        raise UsageError("which region? Say Region=…, or set AWS_REGION")
    made: Any = AwsClients(said.profile, region)
    return made, region
