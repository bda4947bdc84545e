"""What the operator says to `make preflight`, in words or by samconfig.toml."""

from pathlib import Path

import pytest

from local.preflight.wanted import UsageError, Wanted, wanted

GUIDED = r"""
version = 0.1

[default.global.parameters]
stack_name = "elsewhere"

[default.deploy.parameters]
stack_name = "swiftcache"
resolve_s3 = true
s3_prefix = "swiftcache"
region = "eu-central-1"
profile = "platform"
confirm_changeset = true
capabilities = "CAPABILITY_IAM CAPABILITY_AUTO_EXPAND"
parameter_overrides = "DomainName=\"example.com\" HostedZoneId=\"Z0123\" AllowedCidr=\"\" WarmPool=\"512=2\""
image_repositories = []
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "samconfig.toml"


def test_a_file_of_sam_deploy_guided_says_everything(config: Path) -> None:
    config.write_text(GUIDED)
    assert wanted([], config) == Wanted(
        stack="swiftcache",
        region="eu-central-1",
        account="",
        profile="platform",
        instances=0,
        parameters={
            "DomainName": "example.com",
            "HostedZoneId": "Z0123",
            "AllowedCidr": "",
            "WarmPool": "512=2",
        },
    )


def test_a_list_of_overrides_is_read_as_well(config: Path) -> None:
    config.write_text('[default.deploy.parameters]\nparameter_overrides = ["DomainName=example.com"]\n')
    assert wanted([], config).parameters == {"DomainName": "example.com"}


def test_a_word_wins_over_the_file(config: Path) -> None:
    config.write_text(GUIDED)
    found = wanted(["StackName=other", "Region=eu-west-1", "DomainName=example.org", "INSTANCES=50"], config)
    assert (found.stack, found.region, found.instances) == ("other", "eu-west-1", 50)
    assert (found.parameters["DomainName"], found.parameters["HostedZoneId"]) == ("example.org", "Z0123")


def test_without_a_file_the_words_say_everything_and_the_stack_is_called_swiftcache(config: Path) -> None:
    assert wanted(["DomainName=example.com", "Account=123456789012", "Profile=me"], config) == Wanted(
        "swiftcache", "", "123456789012", "me", 0, {"DomainName": "example.com"}
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            [],
            "what is to be deployed? There is no samconfig.toml, so say it: "
            'make preflight ARGS="StackName=… DomainName=… HostedZoneId=…"',
        ),
        (["DomainName"], "DomainName has no value: Name=value is what is wanted"),
        (["Instances=many"], "Instances=many is no number"),
    ],
)
def test_a_call_that_is_wrong_says_what_is_wanted(config: Path, words: list[str], message: str) -> None:
    with pytest.raises(UsageError) as error:
        wanted(words, config)
    assert str(error.value) == message


def test_a_file_that_cannot_be_read_is_named(config: Path) -> None:
    config.write_text("not TOML")
    with pytest.raises(UsageError, match=r"samconfig\.toml cannot be read"):
        wanted([], config)


def test_a_name_that_the_template_does_not_know_is_told_beside_those_that_it_does(config: Path) -> None:
    with pytest.raises(UsageError) as error:
        wanted(["Domain=example.com"], config).check_names(["DomainName", "WarmPool"])
    assert str(error.value) == (
        "there is no Domain; there are StackName, Region, Account, Instances, Profile, DomainName, WarmPool"
    )
