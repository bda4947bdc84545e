"""What the API function has loaded when it starts, and what it loads for a request: each in a process of its own."""

import json
import subprocess
import sys
from typing import Any

from swiftcache.api.routes import FEATURES
from tests.api_world import EVENTS

ROOT = EVENTS.parent

LOADED = """
import json, sys
import functions.api.app
print(json.dumps(sorted(sys.modules)))
"""

FEATURE_BY_FEATURE = """
import json
from importlib import import_module
from swiftcache.api.routes import FEATURES
from swiftcache.api.resolver import api

found, before = {}, set()
for feature in FEATURES:
    import_module(feature)
    now = {
        f"{method.upper()} {path}"
        for path, operations in json.loads(api.get_openapi_json_schema())["paths"].items()
        for method in operations
    }
    found[feature], before = sorted(now - before), now
print(json.dumps(found))
"""


def run(program: str, **environment: str) -> Any:
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}/layers/shared:{ROOT}", **environment},
        timeout=60,
        check=True,
        capture_output=True,
    )
    return json.loads(found.stdout)


def test_a_start_loads_no_route_no_client_and_nothing_of_the_document() -> None:
    loaded = run(LOADED)
    not_yet = (
        *FEATURES,
        "boto3",
        "botocore.",
        "redis",
        "aws_lambda_powertools.event_handler.openapi.models",
    )
    assert [module for module in loaded if module.startswith(not_yet)] == []
    assert "swiftcache.instances.contract" not in loaded


def test_what_a_snapshot_is_taken_of_has_loaded_everything() -> None:
    names = (
        "TABLE_NAME",
        "PROVISION_STATE_MACHINE_ARN",
        "DEPROVISION_STATE_MACHINE_ARN",
        "RESIZE_STATE_MACHINE_ARN",
        "BACKUP_STATE_MACHINE_ARN",
        "DOMAIN_NAME",
        "REDIS_IMAGE",
        "VALKEY_IMAGE",
        "NETWORK_MODE",
    )
    environment = dict.fromkeys(names, "any") | {"AWS_DEFAULT_REGION": "eu-central-1", "WARM_POOL": ""}
    loaded = run(LOADED, AWS_LAMBDA_INITIALIZATION_TYPE="snap-start", **environment)
    assert set(FEATURES) <= set(loaded)
    assert {"botocore.client", "swiftcache.instances.table", "swiftcache.provisioning.executions"} <= set(loaded)


def test_a_module_has_the_routes_that_it_is_loaded_for() -> None:
    assert run(FEATURE_BY_FEATURE) == {feature: sorted(routes) for feature, routes in FEATURES.items()}
