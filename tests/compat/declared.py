"""docs/declaring.md's excerpt for CDK: synthesized by CDK itself, and its template's stack made in the local stack."""

import json
import shutil
import time
from pathlib import Path

from tests.compat.expectations import Surprise
from tests.compat.languages import Say, fault, npm_ci, run_installed
from tests.compat.results import Suite
from tests.e2e.cloudformation import ConsumerStack, StackFailed, let
from tests.e2e.documented import blocks
from tests.e2e.stack import PROJECT, Stack
from tests.receiver import receiving

SUITE = "cdk-stack"
STACKS = Path(__file__).parent / "stacks"
GUIDE = PROJECT / "docs" / "declaring.md"
EXCERPT_GOES_HERE = "// The excerpt."
SYNTH = ("cdk", "synth", "--quiet", "--no-notices", "--app", "node built/shop.js")


def folder_of(cache: Path) -> Path:
    return cache / "stacks"


def prepare(cache: Path, say: Say) -> None:
    """Installs CDK. Raises debian.MissingError for what npm ought to have."""
    npm_ci(STACKS, folder_of(cache), say)


def run_all(cache: Path, stack: Stack) -> Suite:
    began = time.monotonic()
    why = synthesize(folder_of(cache), stack.api.organization_id) or deploy(folder_of(cache), stack)
    failed = (Surprise("docs/declaring.md", why),) if why else ()
    return Suite(SUITE, "node", "", 1, 1 - len(failed), 0, 0, 0, failed, time.monotonic() - began)


def synthesize(folder: Path, organization: str) -> str:
    """Why it failed; empty if it did not."""
    for made in ("generated", "built", "cdk.out"):
        shutil.rmtree(folder / made, ignore_errors=True)
    (folder / "generated").mkdir()
    (folder / "generated" / "shop.ts").write_text(program(), encoding="utf-8")
    for command in (("tsc",), SYNTH):
        if why := fault(run_installed(command, folder, ORGANIZATION=organization, CDK_DISABLE_CLI_TELEMETRY="true")):
            return why
    return ""


def program() -> str:
    """The guide's lines in the place that the stack has for them."""
    [excerpt] = blocks(GUIDE, "typescript")
    return (STACKS / "shop.ts").read_text(encoding="utf-8").replace(EXCERPT_GOES_HERE, excerpt)


def deploy(folder: Path, stack: Stack) -> str:
    """Makes the stack and deletes it. Why it failed, or what its function cannot read; empty if all is well."""
    with receiving() as receiver, let(stack, stack.api):
        consumer = ConsumerStack(folder / "cdk.out" / "Shop.template.json", "shop", stack, receiver)
        try:
            consumer.create()
            arn = consumer.attributes["SecretArn"]
            secret = json.loads(stack.aws("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
            template = json.dumps(consumer.resources)
            consumer.delete()
        except StackFailed as error:
            return str(error)
    granted = f'"Resource": "{arn}"' in template
    given = f'"VISITS_SECRET_ARN": "{arn}"' in template
    return "" if granted and given and secret["host"] else f"granted: {granted}, given: {given}, secret: {set(secret)}"
