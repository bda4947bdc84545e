"""The command: before a first deployment, without credentials, and called in a wrong way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local import certificates
from local.preflight.command import main
from local.stack import DOMAIN, NO_IMAGE
from tests.integration.local.aws_stack import started

ROOT = Path(__file__).parents[4]
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}


def run(environment: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    nothing_of_ours = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT / 'layers' / 'shared'}{os.pathsep}{ROOT}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    return subprocess.run(
        [sys.executable, "-m", "local.preflight", *words],
        cwd=ROOT,
        env={**nothing_of_ours, **environment},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_nothing_fails_before_the_first_deployment(tmp_path: Path) -> None:
    issued = certificates.load_or_create(tmp_path / "certificates", f"*.redis.{DOMAIN}")
    with started(tmp_path) as aws:
        zone = aws.client("route53").create_hosted_zone(Name=DOMAIN, CallerReference="x")["HostedZone"]["Id"]
        secret = aws.client("secretsmanager").create_secret(Name="certificate", SecretString=issued.secret())
        done = run(
            {**CREDENTIALS, "AWS_ENDPOINT_URL": aws.substitutes.endpoint_url},
            "StackName=swiftcache",
            "Region=eu-central-1",
            f"DomainName={DOMAIN}",
            f"HostedZoneId={zone.rpartition('/')[2]}",
            f"CertificateSecretArn={secret['ARN']}",
            f"RedisImage={NO_IMAGE}",
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "OK    stack                 there is none called swiftcache: it will be created" in done.stdout
    assert "OK    cluster               nobody has swiftcache" in done.stdout


def test_without_credentials_only_that_is_told_and_it_ends_with_1() -> None:
    done = run({}, "Region=eu-central-1", "DomainName=example.com")
    assert done.returncode == 1
    assert done.stdout.splitlines()[1:4] == [
        "FAIL  credentials  sts:GetCallerIdentity is not answered: Unable to locate credentials",
        "                   Sign in, or choose a profile:",
        "    $ aws sts get-caller-identity --profile <name>",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--json"], 'make preflight ARGS="StackName=… DomainName=… HostedZoneId=…"'),
        (["DomainName=example.com"], "which region? Say Region=…, or set AWS_REGION"),
        (["DomainName=example.com", "Profile=nobody"], "The config profile (nobody) could not be found"),
    ],
)
def test_a_wrong_call_says_what_is_wanted_and_ends_with_2(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    assert main(words, tmp_path / "samconfig.toml") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert message in told.err
