"""Route 53: moto keeps the zones; changes are checked as strictly as AWS does, and made all or not at all."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from moto.route53.exceptions import DnsNameInvalidForZone, InvalidActionValue, Route53ClientError
from moto.route53.models import FakeZone, Route53Backend, route53_backends
from moto.route53.utils import validate_domain_name

from local.aws.dispatch import ACCOUNT

Key = tuple[str, str, str | None]
Content = tuple[object, ...]


@dataclass(frozen=True)
class Record:
    """An A record set: `name` in lower case without the last dot, `ttl` in seconds."""

    name: str
    addresses: tuple[str, ...]
    ttl: int


@dataclass(frozen=True)
class Text:
    """A TXT record set, in the same form; `values` without their quotes."""

    name: str
    values: tuple[str, ...]
    ttl: int


def texts() -> list[Text]:
    """The TXT records of all hosted zones at this moment."""
    return [
        Text(rrset.name.lower().rstrip("."), tuple(value.strip('"') for value in rrset.records), int(rrset.ttl or 0))
        for zone in list(route53_backends[ACCOUNT]["aws"].zones.values())
        for rrset in list(zone.rrsets)
        if rrset.type == "TXT" and rrset.records
    ]


def records() -> list[Record]:
    """The A records of all hosted zones at this moment."""
    return [
        Record(rrset.name.lower().rstrip("."), tuple(rrset.records), int(rrset.ttl or 0))
        for zone in list(route53_backends[ACCOUNT]["aws"].zones.values())
        for rrset in list(zone.rrsets)
        if rrset.type == "A" and rrset.records
    ]


def extend(patches: ExitStack) -> None:
    """Make moto's ChangeResourceRecordSets ours."""
    patches.enter_context(patch.object(Route53Backend, "change_resource_record_sets", change))


def change(backend: Route53Backend, zone_id: str, changes: list[dict[str, Any]]) -> None:
    """Make all changes of a batch, in order. Raises InvalidChangeBatch, and then has made none."""
    zone = backend.get_hosted_zone(zone_id)
    content = {_key(rrset.__dict__): _content(rrset.__dict__) for rrset in zone.rrsets}
    problems = []
    for item in changes:
        record_set = _normal(zone, item["ResourceRecordSet"])
        if problem := _apply(content, item["Action"], record_set):
            problems.append(problem)
    if problems:
        raise Route53ClientError("InvalidChangeBatch", f"[{', '.join(problems)}]")
    for item in changes:
        record_set = _normal(zone, item["ResourceRecordSet"])
        if item["Action"] == "DELETE":
            key = _key(_lower(record_set))
            zone.rrsets = [rrset for rrset in zone.rrsets if _key(rrset.__dict__) != key]
        else:
            zone.upsert_rrset(record_set)


def _apply(content: dict[Key, Content], action: str, record_set: Mapping[str, Any]) -> str | None:
    """Make one change to `content`; what is wrong with it, in the words of AWS."""
    given = _lower(record_set)
    key, wanted = _key(given), _content(given)
    about = f"resource record set [name='{given['name']}', type='{given['type']}']"
    match action:
        case "CREATE" if key in content:
            return f"Tried to create {about} but it already exists"
        case "CREATE" | "UPSERT":
            content[key] = wanted
        case "DELETE" if key not in content:
            return f"Tried to delete {about} but it was not found"
        case "DELETE" if content[key] != wanted:
            return f"Tried to delete {about} but the values provided do not match the current values"
        case "DELETE":
            del content[key]
        case _:
            raise InvalidActionValue(action)
    return None


def _normal(zone: FakeZone, record_set: Mapping[str, Any]) -> dict[str, Any]:
    """The record set as moto keeps it: a full name, plain values."""
    name = record_set["Name"].lower().rstrip(".") + "."
    validate_domain_name(name, code="InvalidChangeBatch")
    if name != zone.name and not name.endswith(f".{zone.name}"):
        raise DnsNameInvalidForZone(name=name, zone_name=zone.name)
    normal = {**record_set, "Name": name}
    if "ResourceRecords" in record_set:
        normal["ResourceRecords"] = [record["Value"] for record in record_set["ResourceRecords"]]
    return normal


def _lower(record_set: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": record_set["Name"],
        "type": record_set["Type"],
        "set_identifier": record_set.get("SetIdentifier"),
        "ttl": record_set.get("TTL"),
        "records": record_set.get("ResourceRecords", []),
        "alias_target": record_set.get("AliasTarget"),
    }


def _key(rrset: Mapping[str, Any]) -> Key:
    return rrset["name"], rrset["type"], rrset["set_identifier"]


def _content(rrset: Mapping[str, Any]) -> Content:
    ttl = None if rrset["ttl"] is None else int(rrset["ttl"])
    return ttl, tuple(sorted(rrset["records"] or [])), str(rrset["alias_target"])
