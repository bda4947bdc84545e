"""What `make run` prints once the stack is up: where it listens, and lines to paste."""

import os
import sys
from pathlib import Path

from local.stack import Address

_PASTE = """\
API={api}/api/v1/instances
TOKEN={token}
field() {{ python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]][sys.argv[2]])' "$@"; }}

CREATED=$(curl -sS "$API" -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{{"organizationId": "{organization}", "name": "my-cache", "maxMemory": 10485760, "region": "eu-central"}}')
ID=$(printf %s "$CREATED" | field instance id)
export REDISCLI_AUTH=$(printf %s "$CREATED" | field createdDefaultKey plainTextKey)

while INSTANCE=$(curl -sS "$API/$ID" -H "Authorization: Bearer $TOKEN")
  [ "$(printf %s "$INSTANCE" | field instance status)" = PROVISIONING ]; do sleep 0.5; done
HOST=$(printf %s "$INSTANCE" | field instance hostname)

redis-cli --tls --cacert {ca_file} --sni "$HOST" \\
  -h "$({python} -m local.resolve "$HOST")" -p "$(printf %s "$INSTANCE" | field instance port)" SET greeting hello

curl -sS -X DELETE "$API/$ID" -H "Authorization: Bearer $TOKEN"
"""


def welcome(address: Address, home: Path, seconds: float) -> str:
    """The whole text; `seconds` is how long the start took."""
    python = _shown(Path(sys.executable))
    if "SWIFTCACHE_HOME" in os.environ:
        python = f"SWIFTCACHE_HOME={_shown(home)} {python}"
    paste = _PASTE.format(
        api=address.api_url,
        token=address.token,
        organization=address.organization_id,
        ca_file=_shown(address.ca_file),
        python=python,
    )
    return f"""
SwiftCache listens on {address.api_url} after {seconds:.1f} s; Ctrl-C stops it.

  organization   {address.organization_id}
  account key    {address.token}
  AWS            aws --endpoint-url {address.aws_endpoint_url} --region eu-central-1 …
  logs           {_shown(home)}/logs

Paste into a second shell, in this folder: create an instance, wait for it, use it over TLS, delete it.

{paste}"""


def _shown(path: Path) -> str:
    """A path as short as it can be typed in the current folder."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
