"""The console's tabs that say how to connect: each program as the page shows it, run here.

`tests/browser` takes the text from the page, and skips what this machine has no client for. `make compat` takes it from
the file that the page has it from, and installs what Debian and npm have. Go's client comes from Go's own proxy, and
Java's is on the CLASSPATH or nowhere: a tab without its client is skipped, by its name.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.compat.expectations import Surprise
from tests.compat.instance import WITH_HOSTS, Rented, rented
from tests.compat.languages import VENV, Say, languages
from tests.compat.results import Suite
from tests.e2e.stack import PROJECT, Stack

SUITE = "console-tabs"
SNIPPETS = PROJECT / "functions" / "console" / "site" / "instance" / "snippets.js"
PROGRAM_SECONDS = 300
"""Go compiles its client first."""

GO_CLIENT = "github.com/redis/go-redis/v9"

READ = """
const { SNIPPETS } = await import(process.argv[1]);
const connection = JSON.parse(process.argv[2]);
const shown = Object.values(SNIPPETS).map(({ words, setup, text }) => [words, [setup, text(connection)]]);
console.log(JSON.stringify(Object.fromEntries(shown)));
"""


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab by its title: `command` runs the `file` that has its text and, below it, `more`.

    `probe` fails without a client, and `says` is what is printed.
    """

    words: str
    file: str
    command: tuple[str, ...]
    probe: tuple[str, ...]
    more: str = ""
    says: str = "hello"


USE_URL = '\nredis-cli -u "$SWIFTCACHE_URL" SET greeting hello\nredis-cli -u "$SWIFTCACHE_URL" GET greeting\n'

TABS = (
    Tab("redis-cli", "greeting.sh", ("sh", "-e"), ("redis-cli", "--version"), says="OK hello"),
    Tab("Python", "greeting.py", ("python",), ("python", "-c", "import redis")),
    Tab("Node.js", "greeting.mjs", ("node",), ("node", "--input-type=module", "--eval", "import 'redis'")),
    Tab("Go", "main.go", ("go", "run"), ("go", "list", GO_CLIENT)),
    Tab("Java", "Greeting.java", ("java",), ("javap", "redis.clients.jedis.RedisClient")),
    Tab("PHP", "greeting.php", ("php",), ("php", "-r", "exit((int) !class_exists('Redis'));")),
    Tab("Ruby", "greeting.rb", ("ruby",), ("ruby", "-e", "require 'redis'")),
    Tab("URL", "url.sh", ("sh", "-e"), ("redis-cli", "--version"), USE_URL, "OK hello"),
)
"""In the page's order."""


def folder_of(cache: Path) -> Path:
    """Where programs are run, and `prepare` puts the clients that are found beside a program."""
    return cache / "tabs"


def prepare(cache: Path, say: Say) -> None:
    """Installs the clients. Raises debian.MissingError for what Debian and npm ought to have."""
    folder = folder_of(cache)
    folder.mkdir(parents=True, exist_ok=True)
    known = languages(cache)
    for language in ("node", "php", "ruby"):
        known[language].prepare(say)
    packages = folder / "node_modules"
    packages.unlink(missing_ok=True)
    packages.symlink_to(known["node"].folder / "node_modules")
    if not (folder / "go.mod").exists() and _succeeds(("go", "mod", "init", "greeting"), folder):
        _succeeds(("go", "get", GO_CLIENT), folder)


def missing(tab: Tab, folder: Path) -> str:
    """Why a tab cannot be run here; empty if it can."""
    if not _succeeds((*WITH_HOSTS, "/dev/null", "true"), folder):
        return "nobody may have an /etc/hosts of his own here (unshare)"
    return "" if _succeeds(tab.probe, folder) else f"there is no {tab.probe[0]}, or not its client"


def _succeeds(command: tuple[str, ...], folder: Path) -> bool:
    try:
        done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, timeout=60, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def _environment() -> dict[str, str]:
    """Python and its client are those that we run in; Node, if `make compat` has been run, its own."""
    path = [str(Path(sys.prefix) / "bin"), str(VENV / "bin"), os.environ["PATH"]]
    found = {**os.environ, "PATH": os.pathsep.join(path)}
    found.pop("PYTHONPATH", None)
    return found


def run(tab: Tab, setup: str, text: str, instance: Rented, folder: Path) -> str:
    """Runs what a tab shows, with the key where the preparation says it. Why it failed; empty if it did not."""
    variables = re.findall(r"^export (\w+)='<the key>'$", setup, re.MULTILINE)
    with tempfile.TemporaryDirectory(dir=folder) as made:
        own = Path(made)
        (own / "hosts").write_text(instance.hosts)
        program = own / tab.file
        program.write_text(text + tab.more)
        environment = _environment() | trusting(instance, own) | dict.fromkeys(variables, instance.key)
        command = [*WITH_HOSTS, str(own / "hosts"), *tab.command, str(program)]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=PROGRAM_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"has not ended after {PROGRAM_SECONDS} s"
    said = " ".join(done.stdout.split())
    if done.returncode == 0 and said == tab.says:
        return ""
    return f"ended with {done.returncode}, said {said!r} instead of {tab.says!r}: {done.stderr.strip()[-600:]}"


def trusting(instance: Rented, own: Path) -> dict[str, str]:
    """What makes each language trust the stack's authority; certificates on AWS are trusted as they are."""
    authority, store = instance.stack.facts["caFile"], own / "authority.p12"
    importing = ("keytool", "-importcert", "-noprompt", "-file", authority, "-keystore", str(store))
    java = f"-Djavax.net.ssl.trustStore={store} -Djavax.net.ssl.trustStorePassword=changeit"
    has_java = _succeeds((*importing, "-storepass", "changeit", "-storetype", "PKCS12"), own)
    return {
        "SSL_CERT_FILE": authority,
        "NODE_EXTRA_CA_CERTS": authority,
        **({"JAVA_TOOL_OPTIONS": java} if has_java else {}),
    }


def shown(connection: Mapping[str, object]) -> dict[str, tuple[str, str]]:
    """The preparation and the program of each tab, as the page makes them."""
    command = [str(VENV / "bin" / "node"), "--input-type=module", "--eval", READ, str(SNIPPETS), json.dumps(connection)]
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {words: (setup, text) for words, (setup, text) in json.loads(made).items()}


def run_all(cache: Path, say: Say, stack: Stack) -> Suite:
    """Runs every tab on one instance."""
    began, folder = time.monotonic(), folder_of(cache)
    skipped, failed = [], []
    with rented(stack, SUITE) as instance:
        texts = shown(instance.body["connection"])
        for tab in TABS:
            if why := missing(tab, folder):
                say(f"{SUITE}: {tab.words} is skipped: {why}")
                skipped.append(tab.words)
            elif why := run(tab, *texts[tab.words], instance, folder):
                failed.append(Surprise(tab.words, why))
    ran = len(TABS) - len(skipped)
    version = f"without {', '.join(skipped)}" if skipped else "all"
    seconds = time.monotonic() - began
    return Suite(SUITE, "each", version, ran, ran - len(failed), len(skipped), 0, 0, tuple(failed), seconds)
