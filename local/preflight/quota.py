"""One quota of Service Quotas: the account's own value, or AWS's default."""

from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import ClientError

from local.preflight.asking import Clients, NotAnswered, ask, ask_all, code
from local.preflight.plan import Plan

Need = Callable[[Clients, Plan], "Needed"]


@dataclass(frozen=True, slots=True)
class Needed:
    """How much is in use already, and how much more the deployment and the expected instances take."""

    used: float
    more: float


@dataclass(frozen=True, slots=True)
class Quota:
    """`code` is Service Quotas'; where it is not known, the quota's name has all of `words`."""

    subject: str
    service: str
    noun: str
    need: Need
    code: str = ""
    words: tuple[str, ...] = ()


def value(clients: Clients, quota: Quota) -> tuple[float, str]:
    """How much it is, and its code. Raises NotAnswered if Service Quotas does not know it."""
    client = clients("service-quotas")
    if not quota.code:
        for listed in ask_all(client, "list_service_quotas", "Quotas", ServiceCode=quota.service):
            if all(word.lower() in listed["QuotaName"].lower() for word in quota.words):
                return float(listed["Value"]), str(listed["QuotaCode"])
        raise NotAnswered(f"Service Quotas lists no quota of {quota.service} for {' '.join(quota.words)}")
    try:
        found = ask(client, "get_service_quota", ServiceCode=quota.service, QuotaCode=quota.code)
    except ClientError as error:
        if code(error) != "NoSuchResourceException":
            raise
        found = ask(client, "get_aws_default_service_quota", ServiceCode=quota.service, QuotaCode=quota.code)
    return float(found["Quota"]["Value"]), quota.code


def increase(service: str, quota_code: str, wanted: float, region: str) -> str:
    """The command that asks AWS for more."""
    return (
        f"aws service-quotas request-service-quota-increase --service-code {service} --quota-code {quota_code}"
        f" --desired-value {wanted:g} --region {region}"
    )
