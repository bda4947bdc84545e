"""What a task reads of Secrets Manager before it starts."""

import json
from unittest.mock import Mock

from local.aws.task_secrets import resolve

SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:members-AAAAAA"


def test_a_secret_is_read_once_however_many_of_its_members_are_wanted() -> None:
    manager = Mock()
    manager.get_secret_value.return_value = {"SecretString": json.dumps({"user": "one", "password": "two"})}

    found = resolve(manager, [{"name": name, "valueFrom": f"{SECRET}:{name}::"} for name in ("user", "password")])

    assert found == {"user": "one", "password": "two"}
    manager.get_secret_value.assert_called_once_with(SecretId=SECRET)


def test_each_version_of_a_secret_is_read() -> None:
    manager = Mock()
    manager.get_secret_value.side_effect = lambda **about: {"SecretString": about["VersionStage"]}

    sources = {stage: f"{SECRET}::{stage}:" for stage in ("AWSCURRENT", "AWSPREVIOUS")}
    found = resolve(manager, [{"name": name, "valueFrom": source} for name, source in sources.items()])

    assert found == {"AWSCURRENT": "AWSCURRENT", "AWSPREVIOUS": "AWSPREVIOUS"}
