"""The account's quotas, as preflight finds them. moto has those of networks; the others are written down here."""

import pytest
from botocore.stub import Stubber

from local.preflight.plan import Standing
from tests.integration.local.preflight.world import World


def told(stubber: Stubber, value: float) -> None:
    stubber.add_response("get_service_quota", {"Quota": {"Value": value}})


def test_room_for_the_network_is_in_order(world: World) -> None:
    assert world.check("VPCs") == "OK    VPCs  5 VPCs at most; 1 in use, 1 more wanted"
    assert world.check("internet gateways") == ("OK    internet gateways  5 gateways at most; 0 in use, 1 more wanted")


def test_a_region_that_is_full_of_networks_fails_with_the_command_that_asks_for_more(world: World) -> None:
    for _ in range(4):
        world.aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    assert world.check("VPCs").splitlines() == [
        "FAIL  VPCs  5 VPCs at most; 5 in use, 1 more wanted",
        "            Have the quota raised; it takes hours or days:",
        "    $ aws service-quotas request-service-quota-increase --service-code vpc --quota-code L-F678F1CE \\",
        "        --desired-value 6 --region eu-central-1",
    ]


def test_an_update_makes_no_network(world: World) -> None:
    for _ in range(4):
        world.aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    world.planned(standing=Standing("UPDATE_COMPLETE"))
    assert world.check("VPCs") == "OK    VPCs  5 VPCs at most; 5 in use, 0 more wanted"


def test_interfaces_are_wanted_for_the_pool_and_the_expected_instances(world: World) -> None:
    world.given(WarmPool="512=2")
    world.planned(instances=4_996)
    assert world.check("network interfaces").splitlines()[0] == (
        "FAIL  network interfaces  5,000 interfaces at most; 0 in use, 5001 more wanted"
    )


def test_the_pool_that_stands_already_is_not_counted_twice(world: World) -> None:
    world.given(WarmPool="512=3")
    world.planned(standing=Standing("UPDATE_COMPLETE", {"WarmPool": "512=2"}))
    assert world.check("network interfaces") == (
        "OK    network interfaces  5,000 interfaces at most; 0 in use, 1 more wanted"
    )


def test_vcpus_tell_how_many_instances_fit_beside_the_pool(world: World) -> None:
    world.given(WarmPool="512=2,6144=1")
    told(world.stubbed("service-quotas"), 6)
    assert world.check("Fargate's vCPUs") == (
        "OK    Fargate's vCPUs  6 vCPUs at most: the warm pool takes 1.5, and 18 of the smallest instances\n"
        "                       fit"
    )


def test_too_few_vcpus_for_the_expected_instances_fail(world: World) -> None:
    world.planned(instances=100)
    told(world.stubbed("service-quotas"), 6)
    assert world.check("Fargate's vCPUs").splitlines() == [
        "FAIL  Fargate's vCPUs  6 vCPUs at most: 24 of the smallest instances fit; 100 instances wanted",
        "                       Have the quota raised; it takes hours or days:",
        "    $ aws service-quotas request-service-quota-increase --service-code fargate \\",
        "        --quota-code L-3032A538 --desired-value 25 --region eu-central-1",
    ]


def test_too_few_vcpus_for_the_pool_fail(world: World) -> None:
    world.given(WarmPool="6144=7")
    told(world.stubbed("service-quotas"), 6)
    assert world.check("Fargate's vCPUs").splitlines()[0] == (
        "FAIL  Fargate's vCPUs  6 vCPUs at most: the warm pool takes 7, and 0 of the smallest instances fit"
    )


def test_an_account_without_a_value_of_its_own_has_the_default_of_aws(world: World) -> None:
    stubber = world.stubbed("service-quotas")
    stubber.add_client_error("get_service_quota", "NoSuchResourceException", http_status_code=400)
    stubber.add_response("get_aws_default_service_quota", {"Quota": {"Value": 2500}})
    assert world.check("tables") == "OK    tables  2,500 tables at most; 0 in use, 1 more wanted"


@pytest.mark.parametrize("subject", ["Fargate's vCPUs", "VPCs", "tables", "file systems"])
def test_a_quota_that_may_not_be_asked_for_warns_and_is_named(world: World, subject: str) -> None:
    world.stubbed("service-quotas").add_client_error("get_service_quota", "AccessDeniedException", http_status_code=400)
    row, advice = world.check(subject).splitlines()
    assert row == f"WARN  {subject}  not checked: you may not servicequotas:GetServiceQuota"
    assert advice.strip() == "Have it allowed, or look yourself."


def test_what_is_in_use_and_may_not_be_listed_warns_and_is_named(world: World) -> None:
    told(world.stubbed("service-quotas"), 1000)
    world.stubbed("efs").add_client_error("describe_file_systems", "AccessDeniedException", http_status_code=403)
    assert world.check("file systems").splitlines()[0] == (
        "WARN  file systems  not checked: you may not elasticfilesystem:DescribeFileSystems"
    )


def test_an_answer_that_nobody_expects_warns_with_what_it_says(world: World) -> None:
    world.stubbed("service-quotas").add_client_error(
        "get_service_quota", "TooManyRequestsException", "slow down", http_status_code=429
    )
    assert world.check("VPCs") == (
        "WARN  VPCs  not checked: GetServiceQuota answered TooManyRequestsException: slow down"
    )


def transitions(world: World, name: str, value: float) -> None:
    listed = {"Quotas": [{"QuotaName": name, "QuotaCode": "L-1", "Value": value}]}
    world.stubbed("service-quotas").add_response("list_service_quotas", listed)


def test_the_usual_transitions_are_in_order(world: World) -> None:
    transitions(world, "StateTransition throttle token refill rate per second", 800)
    assert world.check("Step Functions") == (
        "OK    Step Functions  800 transitions a second, of which a creation takes 154 in all"
    )


def test_fewer_transitions_than_usual_warn(world: World) -> None:
    transitions(world, "StateTransition throttle token refill rate per second", 100)
    assert world.check("Step Functions").splitlines() == [
        "WARN  Step Functions  100 transitions a second, of which a creation takes 154 in all",
        "                      Have the quota raised:",
        "    $ aws service-quotas request-service-quota-increase --service-code states --quota-code L-1 \\",
        "        --desired-value 800 --region eu-central-1",
    ]


def test_transitions_that_service_quotas_does_not_list_are_not_checked(world: World) -> None:
    transitions(world, "another", 1)
    assert world.check("Step Functions") == (
        "WARN  Step Functions  not checked: Service Quotas lists no quota of states for StateTransition\n"
        "                      refill"
    )


def test_more_instances_than_a_file_system_has_access_points_warn(world: World) -> None:
    world.planned(instances=10_000)
    assert world.check("access points").splitlines() == [
        "WARN  access points  10,000 instances, and a file system has 10,000 access points at most",
        "                     No more than that can be persistent. A second stack has a file system of its",
        "                     own.",
    ]


def test_a_private_network_whose_instances_may_want_more_groups_than_there_can_be_warns(world: World) -> None:
    world.given(NetworkMode="private")
    world.planned(instances=2_500)
    used = len(world.aws("ec2").describe_security_groups()["SecurityGroups"])
    own = sum(found["Type"] == "AWS::EC2::SecurityGroup" for found in world.plan.template.resources.values())
    assert world.check("security groups").splitlines() == [
        f"WARN  security groups  2,500 groups at most, which leaves {2_500 - used - own} for 2,500 instances",
        "                       No more than that can limit who reaches them (allowedCidrs). If they are to,",
        "                       have the quota raised:",
        "    $ aws service-quotas request-service-quota-increase --service-code vpc --quota-code L-E79EC296 \\",
        f"        --desired-value {2_500 + used + own} --region eu-central-1",
    ]


def test_instances_of_a_public_network_want_no_groups(world: World) -> None:
    world.planned(instances=2_500)
    assert world.check("security groups").startswith("OK    security groups  2,500 groups at most; ")


def test_fewer_instances_than_access_points_are_in_order(world: World) -> None:
    assert world.check("access points") == (
        "OK    access points  10,000 of a file system at most, one for each persistent instance"
    )


def test_a_region_with_a_zone_for_each_subnet_is_in_order(world: World) -> None:
    assert world.check("zones") == "OK    zones  eu-central-1 has 3, and the template has 3 subnets"


def test_a_region_with_two_zones_fails(world: World) -> None:
    two = {"AvailabilityZones": [{"ZoneName": "a"}, {"ZoneName": "b"}]}
    world.stubbed("ec2").add_response("describe_availability_zones", two)
    assert world.check("zones").splitlines() == [
        "FAIL  zones  eu-central-1 has 2, and the template has 3 subnets",
        "             Choose another region.",
    ]
