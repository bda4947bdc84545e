"""The parameters, as preflight judges them."""

import pytest

from local.preflight.parameters import parameters
from tests.integration.local.preflight.world import World

SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:swiftcache-certificate-AbCdEf"


@pytest.fixture
def complete(world: World) -> World:
    world.given(HostedZoneId="Z0123", CertificateSecretArn=SECRET)
    return world


def test_parameters_that_are_in_order_have_one_line(complete: World) -> None:
    number = len(complete.plan.template.parameters)
    assert complete.look(parameters) == f"OK    parameters  {number}, as template.yaml wants them"


def test_a_parameter_that_is_not_given_fails_and_says_what_it_is(world: World) -> None:
    world.given(HostedZoneId="Z0123", CertificateSecretArn="")
    rows = world.look(parameters).splitlines()
    assert rows[0] == "FAIL  CertificateSecretArn  not given"
    assert rows[1].strip().startswith("It is: The secret with the certificate for *.redis.<DomainName>, and for")


@pytest.mark.parametrize(
    ("name", "value", "rows"),
    [
        (
            "HostedZoneId",
            "/hostedzone/Z0123",
            [
                "FAIL  HostedZoneId  /hostedzone/Z0123, which is the id as Route 53 tells it",
                "                    Give HostedZoneId=Z0123",
            ],
        ),
        (
            "DomainName",
            "Example.com",
            [
                "FAIL  DomainName  Example.com is not allowed",
                "                  Wanted is a domain in lower case without a dot at the end, such as example.com.",
            ],
        ),
        (
            "RedisImage",
            "redis:7",
            [
                "FAIL  RedisImage  redis:7 is not allowed",
                "                  Wanted is an image with its digest, <image>@sha256:<64 hex digits>, since a tag",
                "                  may lead to another image tomorrow; docker buildx imagetools inspect <image> tells",
                "                  it.",
            ],
        ),
        (
            "HostedZoneId",
            "Z0123/x",
            [
                "FAIL  HostedZoneId  Z0123/x is no id of a hosted zone",
                "                    Such as Z0123456789ABCDEFGHIJ.",
            ],
        ),
        (
            "CertificateSecretArn",
            "arn:aws:secretsmanager:eu-central-1",
            [
                "FAIL  CertificateSecretArn  arn:aws:secretsmanager:eu-central-1 is no secret's ARN",
                "                            Such as arn:aws:secretsmanager:<region>:<account>:secret:…",
            ],
        ),
        ("ApiConcurrency", "-1", ["FAIL  ApiConcurrency  -1 is no number"]),
        (
            "AllowedCidr",
            "10.0.0.1/8",
            [
                "FAIL  AllowedCidr  10.0.0.1/8 is no range of addresses",
                "                   Such as 203.0.113.0/24: what follows the bits is 0.",
            ],
        ),
        (
            "AllowedCidr",
            "203.0.113.0/24",
            [
                "WARN  AllowedCidr  203.0.113.0/24 lets only these in; our functions connect from Lambda's public",
                "                   addresses",
                "                   If it does not contain those, no instance becomes RUNNING",
                "                   (docs/decisions/0006-public-addresses.md).",
            ],
        ),
        (
            "WarmPool",
            "512=1,512=2",
            ["FAIL  WarmPool  512=1,512=2: the size 512 is given twice"],
        ),
        (
            "WebhookNetworks",
            "10.0.0.0/8",
            [
                "WARN  WebhookNetworks  10.0.0.0/8 may be reached by webhooks, by http too",
                "                       Leave it empty in production.",
            ],
        ),
        (
            "WebhookNetworks",
            ",".join(["10.0.0.0/8"] * 14),
            ["FAIL  WebhookNetworks  153 characters, and 80 are the most"],
        ),
    ],
)
def test_a_parameter_that_is_wrong_or_unusual_has_a_line(
    complete: World, name: str, value: str, rows: list[str]
) -> None:
    complete.given(**{name: value})
    assert complete.look(parameters).splitlines() == rows
