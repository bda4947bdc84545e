"""A deployed stack stands where a zone is lost, is not deleted by accident, and costs nothing that nobody looks at."""

import json
from typing import Any

import pytest

from tests.deployed import deployed
from tests.infrastructure.expansions import ROOT

RESOURCES = deployed()
GUIDE = (ROOT / "docs" / "deploy.md").read_text()
ZONES = 3


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: found["Properties"] for name, found in RESOURCES.items() if found["Type"] == kind}


SUBNETS = of_type("AWS::EC2::Subnet")


def test_each_subnet_is_in_a_zone_of_its_own() -> None:
    assert [found["AvailabilityZone"]["Fn::Select"][0] for found in SUBNETS.values()] == list(range(ZONES))
    assert len({found["CidrBlock"] for found in SUBNETS.values()}) == ZONES


@pytest.mark.parametrize("kind", ["AWS::EC2::SubnetRouteTableAssociation", "AWS::EFS::MountTarget"])
def test_each_subnet_has_its_routes_and_its_mount_target(kind: str) -> None:
    assert {found["SubnetId"]["Ref"] for found in of_type(kind).values()} == set(SUBNETS)


@pytest.mark.parametrize("machine", ["ProvisionInstance", "ResizeInstance", "RecoverInstance"])
def test_tasks_are_started_in_every_zone(machine: str) -> None:
    subnets = of_type("AWS::StepFunctions::StateMachine")[machine]["DefinitionSubstitutions"]["SubnetIds"]["Fn::Sub"]
    assert set(subnets.split(",")) == {f"${{{name}}}" for name in SUBNETS}


def test_what_erases_volumes_runs_in_every_zone_and_after_its_mount_targets() -> None:
    function = RESOURCES["EraseVolumeFunction"]
    assert {found["Ref"] for found in function["Properties"]["VpcConfig"]["SubnetIds"]} == set(SUBNETS)
    assert set(function["DependsOn"]) == set(of_type("AWS::EFS::MountTarget"))


def test_the_table_is_protected_and_the_guide_says_how_it_is_deleted() -> None:
    [table] = of_type("AWS::DynamoDB::Table").values()
    assert table["DeletionProtectionEnabled"] is True
    teardown = GUIDE.partition("## Teardown")[2]
    assert -1 < teardown.find("--no-deletion-protection-enabled") < teardown.find("delete-table")


def test_no_metrics_by_route_are_bought_that_no_alarm_watches() -> None:
    watched = json.dumps(of_type("AWS::CloudWatch::Alarm"))
    [stage] = of_type("AWS::ApiGatewayV2::Stage").values()
    assert '"Route"' not in watched
    assert not stage["DefaultRouteSettings"].get("DetailedMetricsEnabled", False)
