"""Answering CloudFormation: a PUT to the address that came with its request, which is signed beforehand."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from ipaddress import ip_address, ip_network

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import parse_url

from swiftcache.declarations.model import AnswerRefused
from swiftcache.platform.errors import DependencyUnavailable

_SECONDS = 10

_REFUSALS = (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)

_BUCKET = re.compile(r"cloudformation-custom-resource-response-[a-z0-9-]+\.s3[.-](?:[a-z0-9-]+\.)?")


class HttpStackAnswers:
    """`suffix` is the end of AWS's host names here, `amazonaws.com`.

    `networks` (CIDR) are where else answers may go, by http too: for a developer's machine.
    """

    def __init__(self, suffix: str, networks: Sequence[str] = ()) -> None:
        self._suffix = suffix
        self._networks = [ip_network(network) for network in networks]
        self._pool = urllib3.PoolManager()

    def send(self, url: str, body: bytes) -> None:
        self.check(url)
        try:
            # The signature is for an empty type: with any other S3 refuses it.
            status = self._pool.request(
                "PUT",
                url,
                body=body,
                headers={"Content-Type": ""},
                timeout=_SECONDS,
                retries=False,
                redirect=False,
            ).status
        except HTTPError as error:
            # Not with its words: they name the address.
            raise DependencyUnavailable(f"CloudFormation's bucket did not answer ({type(error).__name__})") from None
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        # Only what is certain: what CloudFormation never hears of is removed again.
        if status in _REFUSALS:
            raise AnswerRefused(
                f"CloudFormation's bucket answered {status}: it is too late, or it has asked for nothing"
            )
        raise DependencyUnavailable(f"CloudFormation's bucket answered {status}")

    def check(self, url: str) -> None:
        """Raises AnswerRefused for an address that is none of CloudFormation's: its caller names one."""
        try:
            # By the same parser as connects: two may not agree on where the host begins.
            parts = parse_url(url)
        except LocationParseError:
            parts = parse_url("")
        host = "" if parts.auth else parts.host or ""
        if (
            parts.scheme == "https"
            and _BUCKET.fullmatch(host.removesuffix(self._suffix))
            and host.endswith(self._suffix)
        ):
            return
        if parts.scheme in ("http", "https") and self._is_near(host):
            return
        raise AnswerRefused("the address to answer to is none of CloudFormation's")

    def _is_near(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._networks)
