"""HTTP by urllib3, which tries once: the client decides whether to try again."""

import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3 import exceptions
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, SSLError
from urllib3.util import create_urllib3_context

from swiftcache_cli import __version__
from swiftcache_cli.transport import NotTrustedError, Reply, ReplyLostError

CONNECT_SECONDS = 5.0
READ_SECONDS = 35.0
"""A request that waits for a status is answered within 25, and API Gateway lets none take more than 30."""


class HttpTransport:
    """One connection to an API, kept open. A proxy of the environment is used as other programs use it."""

    def __init__(self, api_url: str, ca_file: str | None, read_seconds: float = READ_SECONDS) -> None:
        self._url = api_url
        self._timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=read_seconds)
        trusted = _trusted(ca_file) if api_url.startswith("https:") else None
        proxy = _proxy(api_url)
        self._pool = (
            urllib3.ProxyManager(proxy, ssl_context=trusted) if proxy else urllib3.PoolManager(ssl_context=trusted)
        )

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        every = {"User-Agent": f"swiftcache-cli/{__version__}", **headers}
        try:
            answer = self._pool.request(
                method, self._url + path, body=body, headers=every, redirect=False, retries=False, timeout=self._timeout
            )
        except SSLError as error:
            raise NotTrustedError(str(error.args[0] if error.args else error)) from None
        except NewConnectionError as error:  # which urllib3 counts among the timeouts
            raise ReplyLostError(_reason(error)) from None
        except exceptions.TimeoutError:
            raise ReplyLostError("it did not answer in time") from None
        except ProtocolError:
            raise ReplyLostError("the connection broke before the answer") from None
        except HTTPError as error:
            raise ReplyLostError(_reason(error)) from None
        return Reply(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data)


def _trusted(ca_file: str | None) -> ssl.SSLContext:
    context = create_urllib3_context()
    context.load_default_certs()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


def _proxy(url: str) -> str | None:
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)


def _reason(error: HTTPError) -> str:
    """What the system said, without the address and the object that urllib3 puts before it."""
    return str(error).rpartition(": ")[2] or type(error).__name__
