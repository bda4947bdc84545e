"""Which parameters of the network go together: the template refuses the others, and says why."""

import pytest

from local.rules import complaints
from tests.expanded import expanded

PRIVATE = {"NetworkMode": "private", "ClientCidrs": "10.20.0.0/16"}
SUBNETS = {"SubnetIds": "subnet-1a,subnet-2b,subnet-3c"}
MOVING = {"NetworkMode": "public-to-private", "ClientCidrs": "10.20.0.0/16"}
IN_A_VPC = {**PRIVATE, "VpcId": "vpc-0123", **SUBNETS}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"AllowedCidr": "203.0.113.0/24"},
        {"Port6380": "closing"},
        {"Port6380": "closed", "AllowedCidr": "203.0.113.0/24", "EndpointZones": "one"},
        PRIVATE,
        {"NetworkMode": "private", "ClientSecurityGroupIds": "sg-0123"},
        {**PRIVATE, "EndpointZones": "one"},
        {**MOVING, "Port6380": "closed"},
        {**MOVING, "AllowedCidr": "203.0.113.0/24", "EndpointZones": "one"},
        {**IN_A_VPC, "RouteTableIds": "rtb-0123"},
        {**IN_A_VPC, "VpcEndpoints": "given"},
    ],
    ids=lambda parameters: " ".join(f"{name}={value}" for name, value in parameters.items()) or "none",
)
def test_parameters_that_go_together_are_taken(parameters: dict[str, str]) -> None:
    assert list(complaints(expanded(), parameters)) == []


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"ClientCidrs": "10.0.0.0/8"}, "ClientCidrs and ClientSecurityGroupIds are for NetworkMode=private"),
        ({"RouteTableIds": "rtb-0123"}, "VpcId, SubnetIds and RouteTableIds are for NetworkMode=private"),
        (
            {"EndpointZones": "one"},
            "EndpointZones is for NetworkMode=private, on the way there, or without Port6380=open",
        ),
        ({"Port6380": "closed", "VpcEndpoints": "given"}, "VpcEndpoints=given is for a VpcId that has a way to AWS"),
        ({"Port6380": "closed", "ClientCidrs": "10.0.0.0/8"}, "with public it is AllowedCidr"),
        ({**PRIVATE, "Port6380": "closed"}, "Port6380 is for NetworkMode=public, and on the way from it"),
        ({**PRIVATE, "AllowedCidr": "203.0.113.0/24"}, "AllowedCidr is for NetworkMode=public"),
        ({"NetworkMode": "private"}, "nobody reaches an instance unless ClientCidrs or ClientSecurityGroupIds say who"),
        ({"NetworkMode": "public-to-private"}, "who reaches instances without a public address"),
        ({**IN_A_VPC, **MOVING}, "is for the network that the stack has made"),
        ({**PRIVATE, **SUBNETS}, "SubnetIds and RouteTableIds are those of VpcId"),
        ({**PRIVATE, "VpcEndpoints": "given"}, "VpcEndpoints=given is for a VpcId that has a way to AWS"),
        ({**PRIVATE, "VpcId": "vpc-0123", "RouteTableIds": "rtb-0123"}, "with VpcId give SubnetIds"),
        (IN_A_VPC, "with VpcId give RouteTableIds, or VpcEndpoints=given"),
        ({**IN_A_VPC, "VpcEndpoints": "given", "EndpointZones": "one"}, "with VpcEndpoints=given leave them out"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_parameters_that_make_no_sense_together_are_refused_with_what_to_do(
    parameters: dict[str, str], words: str
) -> None:
    found = list(complaints(expanded(), parameters))
    assert [said for said in found if words in said]


def test_every_assertion_says_what_is_wrong() -> None:
    for rule in expanded().expanded["Rules"].values():
        assert set(rule) == {"RuleCondition", "Assertions"}
        assert all(set(assertion) == {"Assert", "AssertDescription"} for assertion in rule["Assertions"])
