"""The hosted zone, as preflight finds it."""

from botocore.stub import Stubber

from local.preflight.hosted_zone import delegation, hosted_zone, negative_caching, records
from tests.integration.local.preflight.world import World, values

SERVERS = ("ns-2048.awsdns-64.com", "ns-2049.awsdns-65.net", "ns-2050.awsdns-66.org", "ns-2051.awsdns-67.co.uk")
SOA = "ns-2048.awsdns-64.com. hostmaster.example.com. 1 7200 900 1209600"


def test_a_public_zone_of_the_domain_is_in_order(world: World) -> None:
    world.given(HostedZoneId=world.zone())
    assert world.look(hosted_zone) == "OK    hosted zone  example.com, public, for *.redis.example.com"


def test_a_zone_above_the_domain_is_in_order(world: World) -> None:
    world.given(HostedZoneId=world.zone(), DomainName="cache.example.com")
    assert world.look(hosted_zone) == "OK    hosted zone  example.com, public, for *.redis.cache.example.com"


def test_a_zone_that_is_not_there_fails_and_the_command_lists_those_that_are(world: World) -> None:
    world.given(HostedZoneId="Z0123")
    assert world.look(hosted_zone).splitlines() == [
        "FAIL  hosted zone  this account has none with the id Z0123",
        "                   It has these:",
        "    $ aws route53 list-hosted-zones --query 'HostedZones[].[Name,Id,Config.PrivateZone]' \\",
        "        --output text",
    ]


def test_a_zone_of_another_domain_fails(world: World) -> None:
    world.given(HostedZoneId=world.zone("ample.com"))
    assert world.look(hosted_zone).splitlines() == [
        "FAIL  hosted zone  ample.com does not hold example.com",
        "                   Take the zone of example.com.",
    ]


def test_a_private_zone_fails(world: World) -> None:
    vpc = {"VPCRegion": "eu-central-1", "VPCId": world.aws("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]}
    world.given(HostedZoneId=world.zone(HostedZoneConfig={"PrivateZone": True}, VPC=vpc))
    assert world.look(hosted_zone).splitlines() == [
        "FAIL  hosted zone  example.com is private: clients elsewhere find no instance",
        "                   Take a public one.",
    ]


def test_a_zone_of_which_nothing_was_said_has_no_lines(world: World) -> None:
    assert [world.look(look) for look in (hosted_zone, delegation, negative_caching, records)] == [""] * 4


def test_who_may_not_see_the_zone_is_told_which_permission_that_takes(world: World) -> None:
    world.given(HostedZoneId="Z0123")
    world.stubbed("route53").add_client_error("get_hosted_zone", "AccessDenied", http_status_code=403)
    assert world.check("hosted zone").splitlines() == [
        "WARN  hosted zone  not checked: you may not route53:GetHostedZone",
        "                   Have it allowed, or look yourself.",
    ]


def test_negative_caching_of_a_new_zone_warns_with_the_command_that_lowers_it(world: World) -> None:
    zone = world.zone()
    world.given(HostedZoneId=zone)
    head, batch = world.look(negative_caching).rsplit(" '", 1)
    assert head.splitlines() == [
        "WARN  negative caching  who asks for a name before it is there may be told for 900 s that it is",
        "                        missing",
        "                        Lower it to 60 s:",
        f"    $ aws route53 change-resource-record-sets --hosted-zone-id {zone} \\",
        "        --change-batch",
    ]
    assert batch == (
        '{"Changes":[{"Action":"UPSERT","ResourceRecordSet":{"Name":"example.com.","Type":"SOA","TTL":900,'
        f'"ResourceRecords":[{{"Value":"{SOA} 60"}}]}}}}]}}\''
    )


def test_negative_caching_for_a_minute_is_in_order(world: World) -> None:
    zone = world.zone()
    world.record(zone, Name="example.com", Type="SOA", TTL=900, ResourceRecords=values(f"{SOA} 60"))
    world.given(HostedZoneId=zone)
    assert world.look(negative_caching) == "OK    negative caching  a missing name is remembered for 60 s"


def limit(stubber: Stubber, count: int) -> None:
    answer = {"Limit": {"Type": "MAX_RRSETS_BY_ZONE", "Value": 10_000}, "Count": count}
    stubber.add_response("get_hosted_zone_limit", answer)


def test_a_zone_with_room_is_in_order(world: World) -> None:
    world.given(HostedZoneId="Z0123")
    limit(world.stubbed("route53"), 12)
    assert world.look(records) == "OK    records of the zone  12 of 10,000 are used"


def test_a_zone_that_is_nearly_full_warns(world: World) -> None:
    world.given(HostedZoneId="Z0123")
    limit(world.stubbed("route53"), 9_000)
    assert world.look(records).splitlines() == [
        "WARN  records of the zone  9,000 of 10,000 are used",
        "                           Take a zone of their own for the instances before it is full.",
    ]


def test_a_zone_without_room_for_the_expected_instances_and_the_pool_fails(world: World) -> None:
    world.given(HostedZoneId="Z0123", WarmPool="512=2")
    world.planned(instances=2_000)
    limit(world.stubbed("route53"), 9_000)
    assert world.look(records).splitlines() == [
        "FAIL  records of the zone  9,000 of 10,000 are used, and 2,002 instances have one each",
        "                           Take a zone of their own for the instances, or have the quota raised by",
        "                           AWS's support.",
    ]


def test_a_parent_zone_elsewhere_is_not_checked_and_the_command_asks_dns(world: World) -> None:
    world.given(HostedZoneId=world.zone())
    assert world.look(delegation).splitlines() == [
        "WARN  delegation  not checked: com is not in this account, so Route 53 does not tell where it leads",
        "                  This must print ns-2048.awsdns-64.com, ns-2049.awsdns-65.net,",
        "                  ns-2050.awsdns-66.org, ns-2051.awsdns-67.co.uk:",
        "    $ dig +short NS example.com",
    ]


def test_a_parent_zone_in_the_account_that_leads_to_the_zone_is_in_order(world: World) -> None:
    parent = world.zone()
    world.record(parent, Name="cache.example.com", Type="NS", TTL=300, ResourceRecords=values(*SERVERS))
    world.given(HostedZoneId=world.zone("cache.example.com"), DomainName="cache.example.com")
    assert world.look(delegation) == (
        "OK    delegation  example.com, in this account, leads to the zone's name servers"
    )


def test_a_parent_zone_in_the_account_that_does_not_lead_to_the_zone_fails(world: World) -> None:
    world.zone()
    world.given(HostedZoneId=world.zone("cache.example.com"), DomainName="cache.example.com")
    assert world.look(delegation).splitlines() == [
        "FAIL  delegation  example.com, in this account, leads cache.example.com to no name server",
        "                  Write an NS record for cache.example.com into example.com: ns-2048.awsdns-64.com,",
        "                  ns-2049.awsdns-65.net, ns-2050.awsdns-66.org, ns-2051.awsdns-67.co.uk.",
    ]


def test_a_zone_whose_own_record_names_other_servers_fails(world: World) -> None:
    zone = world.zone()
    world.record(zone, Name="example.com", Type="NS", TTL=300, ResourceRecords=values("ns.elsewhere.net"))
    world.given(HostedZoneId=zone)
    assert world.look(delegation).splitlines() == [
        "FAIL  delegation  its NS record names ns.elsewhere.net, but ns-2048.awsdns-64.com,",
        "                  ns-2049.awsdns-65.net, ns-2050.awsdns-66.org, ns-2051.awsdns-67.co.uk serve the",
        "                  zone",
        "                  Write these into the NS record, and into the parent zone.",
    ]


def test_a_name_between_the_zone_and_the_instances_that_leads_elsewhere_fails(world: World) -> None:
    zone = world.zone()
    world.record(zone, Name="redis.example.com", Type="NS", TTL=300, ResourceRecords=values("ns.elsewhere.net"))
    world.given(HostedZoneId=zone)
    assert world.look(delegation).splitlines() == [
        "FAIL  delegation  redis.example.com is delegated away from this zone, so nobody would see the",
        "                  instances' records in it",
        "                  Remove the NS record of redis.example.com, or take the zone that it leads to.",
    ]
