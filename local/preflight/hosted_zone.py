"""The hosted zone: the right one, with room, and quick to admit that a name is there now."""

import json
import re
import shlex
from collections.abc import Iterable, Iterator

from botocore.exceptions import ClientError

from local.preflight.asking import Clients, ask, code
from local.preflight.lines import Line, counted, fail, ok, warn
from local.preflight.plan import Plan

NEGATIVE_SECONDS = 60
"""For so long at most may a resolver remember that a name is missing."""

_MOSTLY = 0.8
_SOA = re.compile(r"(?P<rest>[^\s']+ [^\s']+ \d+ \d+ \d+ \d+) (?P<minimum>\d+)")


def hosted_zone(clients: Clients, plan: Plan) -> Iterator[Line]:
    """It is there, public, and DomainName is in it."""
    if not plan.zone:
        return
    try:
        found = ask(clients("route53"), "get_hosted_zone", Id=plan.zone)["HostedZone"]
    except ClientError as error:
        if code(error) not in ("NoSuchHostedZone", "InvalidInput"):
            raise
        yield fail(
            "hosted zone",
            f"this account has none with the id {plan.zone}",
            "It has these:",
            "aws route53 list-hosted-zones --query 'HostedZones[].[Name,Id,Config.PrivateZone]' --output text",
        )
        return
    name = found["Name"].rstrip(".")
    if found["Config"]["PrivateZone"]:
        yield fail("hosted zone", f"{name} is private: clients elsewhere find no instance", "Take a public one.")
    elif plan.domain and plan.domain != name and not plan.domain.endswith(f".{name}"):
        yield fail("hosted zone", f"{name} does not hold {plan.domain}", f"Take the zone of {plan.domain}.")
    else:
        yield ok("hosted zone", f"{name}, public, for *.redis.{plan.domain}")


def negative_caching(clients: Clients, plan: Plan) -> Iterator[Line]:
    """RFC 2308: a resolver keeps a missing name for the SOA's TTL or its last number, whichever is less."""
    if not plan.zone:
        return
    subject = "negative caching"
    # The zone's own records come first.
    answer = ask(clients("route53"), "list_resource_record_sets", HostedZoneId=plan.zone, MaxItems="100")
    soa = next(record for record in answer["ResourceRecordSets"] if record["Type"] == "SOA")
    written = _SOA.search(soa["ResourceRecords"][0]["Value"])
    if written is None:
        yield warn(subject, f"not checked: this SOA record cannot be read: {soa['ResourceRecords'][0]['Value']}")
        return
    seconds = min(soa["TTL"], int(written["minimum"]))
    if seconds <= NEGATIVE_SECONDS:
        yield ok(subject, f"a missing name is remembered for {seconds} s")
        return
    lower = {
        "Name": soa["Name"],
        "Type": "SOA",
        "TTL": soa["TTL"],
        "ResourceRecords": [{"Value": f"{written['rest']} {NEGATIVE_SECONDS}"}],
    }
    batch = json.dumps({"Changes": [{"Action": "UPSERT", "ResourceRecordSet": lower}]}, separators=(",", ":"))
    yield warn(
        subject,
        f"who asks for a name before it is there may be told for {seconds} s that it is missing",
        f"Lower it to {NEGATIVE_SECONDS} s:",
        f"aws route53 change-resource-record-sets --hosted-zone-id {plan.zone} --change-batch {shlex.quote(batch)}",
    )


def records(clients: Clients, plan: Plan) -> Iterator[Line]:
    """Room for a record of each instance."""
    if not plan.zone:
        return
    subject = "records of the zone"
    answer = ask(clients("route53"), "get_hosted_zone_limit", HostedZoneId=plan.zone, Type="MAX_RRSETS_BY_ZONE")
    used, most = answer["Count"], answer["Limit"]["Value"]
    found = f"{used:,} of {most:,} are used"
    if used + plan.new_tasks > most:
        yield fail(
            subject,
            f"{found}, and {counted(plan.new_tasks, 'instance')} have one each",
            "Take a zone of their own for the instances, or have the quota raised by AWS's support.",
        )
    elif used > _MOSTLY * most:
        yield warn(subject, found, "Take a zone of their own for the instances before it is full.")
    else:
        yield ok(subject, found)


def delegation(clients: Clients, plan: Plan) -> Iterator[Line]:
    """What Route 53 itself can tell of it: the zone's own servers, and a parent zone in this account."""
    if not plan.zone:
        return
    subject = "delegation"
    client = clients("route53")
    answer = ask(client, "get_hosted_zone", Id=plan.zone)
    name = answer["HostedZone"]["Name"].rstrip(".")
    servers = _servers(answer["DelegationSet"]["NameServers"] if "DelegationSet" in answer else [])
    written = _name_servers(clients, plan.zone, name)
    if cut := [host for host in _below(name, plan.domain) if _name_servers(clients, plan.zone, host)]:
        yield fail(
            subject,
            f"{cut[0]} is delegated away from this zone, so nobody would see the instances' records in it",
            f"Remove the NS record of {cut[0]}, or take the zone that it leads to.",
        )
    elif written and written != servers:
        yield fail(
            subject,
            f"its NS record names {', '.join(sorted(written))}, but {', '.join(sorted(servers))} serve the zone",
            "Write these into the NS record, and into the parent zone.",
        )
    else:
        yield _from_above(clients, name, servers)


def _from_above(clients: Clients, name: str, servers: frozenset[str]) -> Line:
    subject, parent = "delegation", name.partition(".")[2]
    answer = ask(clients("route53"), "list_hosted_zones_by_name", DNSName=parent, MaxItems="10")
    for zone in answer["HostedZones"]:
        if zone["Name"].rstrip(".") == parent and not zone["Config"]["PrivateZone"]:
            above = _name_servers(clients, zone["Id"], name)
            if above == servers:
                return ok(subject, f"{parent}, in this account, leads to the zone's name servers")
            return fail(
                subject,
                f"{parent}, in this account, leads {name} to {', '.join(sorted(above)) or 'no name server'}",
                f"Write an NS record for {name} into {parent}: {', '.join(sorted(servers))}.",
            )
    return warn(
        subject,
        f"not checked: {parent} is not in this account, so Route 53 does not tell where it leads",
        f"This must print {', '.join(sorted(servers))}:",
        f"dig +short NS {name}",
    )


def _below(zone: str, domain: str) -> list[str]:
    """The names under the zone's own, down to that which all instances are under."""
    labels = f"redis.{domain}".removesuffix(zone).rstrip(".").split(".")
    return [f"{'.'.join(labels[start:])}.{zone}" for start in reversed(range(len(labels)))]


def _name_servers(clients: Clients, zone: str, host: str) -> frozenset[str]:
    """Whom the NS record of a name in a zone leads to; nobody if there is none."""
    answer = ask(
        clients("route53"),
        "list_resource_record_sets",
        HostedZoneId=zone,
        StartRecordName=host,
        StartRecordType="NS",
        MaxItems="1",
    )
    return _servers(
        record["Value"]
        for found in answer["ResourceRecordSets"]
        if found["Type"] == "NS" and found["Name"].rstrip(".") == host
        for record in found.get("ResourceRecords", [])
    )


def _servers(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower().rstrip(".") for name in names)
