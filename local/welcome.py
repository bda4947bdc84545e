"""What `make run` gives a person once the stack is up: a file for the shell, and lines to paste.

The lines are those of the README: a test holds the two together.
"""

import os
import shlex
import sys
from pathlib import Path

from local.home import Home
from local.stack import Address, Apart

PASTE = """\
CREATED=$(curl -sS "$API/instances" -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{"organizationId": "'$ORGANIZATION'", "name": "my-redis", "maxMemory": 536870912, "region": "eu-central"}')
ID=$(echo "$CREATED" | field instance.id)
export REDISCLI_AUTH=$(echo "$CREATED" | field createdDefaultKey.plainTextKey)

while INSTANCE=$(curl -sS "$API/instances/$ID" -H "Authorization: Bearer $TOKEN")
  [ "$(echo "$INSTANCE" | field instance.status)" = PROVISIONING ]; do sleep 0.2; done
HOST=$(echo "$INSTANCE" | field instance.hostname)

redis-cli --tls --cacert "$CA_FILE" --sni "$HOST" -h "$(resolve "$HOST")" \\
  -p "$(echo "$INSTANCE" | field instance.port)" SET greeting hello

curl -sS -X DELETE "$API/instances/$ID" -H "Authorization: Bearer $TOKEN"
"""

_ROOT = Path(__file__).parent.parent

SAM_LINE = """\
sam local invoke ApiFunction --config-file {0}/sam/samconfig.toml --event {0}/sam/events/create_instance.json"""

_SHELL = """\
# The running stack, for a shell: API, TOKEN, ORGANIZATION, CA_FILE, PYTHON, helpers and swiftcache.
API={api}
TOKEN={token}
ORGANIZATION={organization}
CA_FILE={ca_file}
PYTHON={python}
# field NAME.NAME: a member of the JSON on standard input
field() {{ "$PYTHON" -c '{field}' "$1"; }}
# resolve HOST: the address of an instance, from the stack's DNS server
resolve() {{ (cd {root} && SWIFTCACHE_HOME={home} "$PYTHON" -m local.resolve "$1"); }}
# swiftcache …: the command line, signed in to this stack (docs/cli.md)
PATH={programs}:$PATH
"""

_PROGRAM = """\
#!/bin/sh
# The command line, signed in to the running stack.
SWIFTCACHE_API_URL={api_url} SWIFTCACHE_API_KEY={token} SWIFTCACHE_ORGANIZATION={organization} \
  SWIFTCACHE_CA_FILE={ca_file} SWIFTCACHE_DNS={dns} PYTHONPATH={root}/cli exec {python} -P -m swiftcache_cli "$@"
"""

_APART = """\
# CLIENTS: the network of this machine, whose clients the private one lets in
CLIENTS={clients}
# stranger COMMAND…: runs it on another network, at the address STRANGER
STRANGER={stranger}
stranger() {{ nsenter --net={network} "$@"; }}
"""

_PRIVATE = "private: this machine is a client, of {}; what the env's `stranger COMMAND …` runs is none, of {}"

_FIELD = (
    "import functools, json, sys; "
    'print(functools.reduce(lambda found, name: found[name], sys.argv[1].split("."), json.load(sys.stdin)))'
)


def program(address: Address) -> str:
    """`swiftcache`: a file and not a function of the shell, since what completes its words calls it by `env`."""
    return _PROGRAM.format(
        api_url=shlex.quote(address.api_url),
        token=shlex.quote(address.token),
        organization=shlex.quote(address.organization_id),
        ca_file=shlex.quote(str(address.ca_file)),
        dns=shlex.quote(address.dns),
        root=shlex.quote(str(_ROOT)),
        python=_python(),
    )


def shell(address: Address, home: Home) -> str:
    """What `. <home>/env` defines."""
    return _SHELL.format(
        api=shlex.quote(f"{address.api_url}/api/v1"),
        token=shlex.quote(address.token),
        organization=shlex.quote(address.organization_id),
        ca_file=shlex.quote(str(address.ca_file)),
        python=_python(),
        field=_FIELD,
        root=shlex.quote(str(_ROOT)),
        home=shlex.quote(str(home.path)),
        programs=shlex.quote(str(home.programs)),
    ) + _apart(address.apart)


def _apart(found: Apart | None) -> str:
    if found is None:
        return ""
    return _APART.format(clients=found.clients, stranger=found.stranger, network=found.stranger_network)


def _python() -> str:
    return shlex.quote(str(Path(sys.executable).absolute()))


def welcome(address: Address, home: Home, warm_pool: str, seconds: float) -> str:
    """The text to print; `warm_pool` as the parameter has it, `seconds` is how long the start took."""
    shown = _shown(home.path)
    sam = f"  {'SAM':15}{SAM_LINE.format(shown)}\n" if home.sam.exists() else ""
    apart = address.apart
    network = f"  {'network':15}{_PRIVATE.format(apart.clients, apart.stranger)}\n" if apart else ""
    return f"""
SwiftCache listens on {address.api_url} after {seconds:.1f} s; Ctrl-C stops it.

  console        {address.console_url} (sign in with the account key)
  organization   {address.organization_id}
  account key    {address.token}
  AWS            aws --endpoint-url {address.aws_endpoint_url} --region eu-central-1 …
  command line   . {shown}/env, then swiftcache --help
  logs           {shown}/logs
{sam}{network}  warm pool      {warm_pool or "none"}, by WARM_POOL

Paste into a second shell, in this folder: create an instance, wait for it, use it over TLS, delete it.

. {shown}/env
{PASTE}"""


def _shown(path: Path) -> str:
    """A path as short as it can be typed in the current folder."""
    found = os.path.relpath(path)
    return str(path) if found.startswith("..") else found
