"""Requests that mean no good, made by hand: what each is, and the bytes."""

import gzip
import json
from collections.abc import Mapping

from tests.e2e.raw_http import INSTANCE, JSON, KEY, ORGANIZATION, TOKEN, request

INSTANCES = b"/api/v1/instances"
ONE = INSTANCES + b"/" + INSTANCE
OURS = b"/api/v1/organizations/" + ORGANIZATION
VALID = {"organizationId": ORGANIZATION.decode(), "name": "x", "maxMemory": 10485760, "region": "eu-central"}
BODY = json.dumps(VALID).encode()


def create(body: bytes, *headers: bytes) -> bytes:
    return request(b"POST", INSTANCES, *(headers or (JSON,)), body=body)


def change(body: bytes) -> bytes:
    return request(b"PATCH", ONE, JSON, body=body)


def listing(query: bytes) -> bytes:
    return request(b"GET", INSTANCES + b"?organizationId=" + ORGANIZATION + b"&" + query)


NUMBERS = (b"1e400", b"-1e400", b"1" + b"0" * 400, b"1" + b"0" * 5000, b"-0", b"-0.0", b"0.1", b"10485760.5", b"1e7")
NO_NUMBERS = (b"NaN", b"-Infinity", b"0x10", b"01", b"1e", "١٢".encode(), b"true", b'"10485760"', b"[]", b"{}")

MADE_OF_JSON: Mapping[str, bytes] = {
    **{f"maxMemory {value[:12]!r}": create(BODY.replace(b"10485760", value)) for value in NUMBERS + NO_NUMBERS},
    **{f"change {value[:12]!r}": change(b'{"maxMemory": %s}' % value) for value in NUMBERS + NO_NUMBERS},
    "limits beyond any number of the table": request(
        b"POST", b"/api/v1/organizations", JSON, body=b'{"name":"x","limits":{"instances":1,"memory":1e300}}'
    ),
    "arrays in arrays": create(b"[" * 30_000 + b"]" * 30_000),
    "objects in objects": create(b'{"a":' * 9_000 + b"1" + b"}" * 9_000),
    "depth that never ends": create(BODY[:-1] + b',"a":' + b"[" * 60_000),
    "a field twice": create(BODY[:-1] + b',"name":"y"}'),
    "a field twice, once in disguise": create(BODY[:-1] + b',"n\\u0061me":"y"}'),
    "a field of the language": create(BODY[:-1] + b',"__proto__":{"role":"operator"}}'),
    "a field with a lone surrogate": create(BODY[:-1] + b',"\\ud800":1}'),
    "a field with a NUL": create(BODY[:-1] + b',"\\u0000":1}'),
    "two bodies": create(BODY + BODY),
    "a comment": create(b"/* x */" + BODY),
    "a comma too many": create(BODY[:-1] + b",}"),
    "a byte order mark": create(b"\xef\xbb\xbf" + BODY),
    "a NUL after the end": create(BODY + b"\x00"),
    "a NUL in a text": create(BODY.replace(b'"x"', b'"\x00"')),
    "a surrogate in UTF-8": create(BODY.replace(b'"x"', b'"\xed\xa0\x80"')),
    "UTF-8 that is too long": create(BODY.replace(b'"x"', b'"\xc0\xaf"')),
    "nothing": create(b"", JSON, b"Content-Length: 0"),
    "too much": create(BODY[:-1] + b',"a":"' + b"x" * 70_000 + b'"}'),
}

NAMES = {
    "a NUL": "\\u0000",
    "a NUL inside": "a\\u0000b",
    "a line break": "a\\nb",
    "an escape sequence": "\\u001b[31m",
    "a lone surrogate": "\\ud800",
    "surrogates in the wrong order": "\\udc00\\ud800",
    "text that runs backwards": "\\u202eevil",
    "an isolate": "\\u2066evil",
    "a space without width": "a\\u200bb",
    "a joiner": "a\\u200db",
    "a byte order mark": "\\ufeffa",
    "a soft hyphen": "a\\u00adb",
    "a line separator": "a\\u2028b",
}

PLACES = {
    "an instance": (INSTANCES, BODY.replace(b'"x"', b'"%s"')),
    "an instance key": (ONE + b"/keys", b'{"name":"%s"}'),
    "an organization": (b"/api/v1/organizations", b'{"name":"%s"}'),
    "a member": (OURS + b"/members", b'{"name":"%s","role":"viewer"}'),
    "an account key": (OURS + b"/keys", b'{"name":"%s","role":"viewer"}'),
    "a webhook": (OURS + b"/webhooks", b'{"url":"http://127.0.0.1:9/","events":["*"],"description":"%s"}'),
}

NAMED: Mapping[str, bytes] = {
    f"{place} with {kind}": request(b"POST", path, JSON, body=body % name.encode())
    for place, (path, body) in PLACES.items()
    for kind, name in NAMES.items()
} | {
    f"an instance that looks like {name}": create(BODY.replace(b'"x"', json.dumps(name).encode()))
    for name in ("\u0430pple", "\u217fy-redis", "\uff4dy", "../x", "a/b", "<script>", "${x}", "x" * 65)
}

ENCODED: Mapping[str, bytes] = {
    "UTF-16": create(BODY.decode().encode("utf-16"), JSON),
    "UTF-16, declared": create(BODY.decode().encode("utf-16"), JSON + b"; charset=utf-16"),
    "another charset": create(BODY, JSON + b"; charset=iso-8859-1"),
    "gzip": create(gzip.compress(BODY), JSON, b"Content-Encoding: gzip"),
    "gzip that is none": create(BODY, JSON, b"Content-Encoding: gzip"),
    "a form": create(b"name=x", b"Content-Type: application/x-www-form-urlencoded"),
    "parts": create(b"--x--", b"Content-Type: multipart/form-data; boundary=x"),
    "XML": create(b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>", b"Content-Type: text/xml"),
    "two types": create(BODY, JSON, b"Content-Type: text/plain"),
    "no type": create(BODY, b"X-A: b"),
}

PATHS: Mapping[str, bytes] = {
    f"path {path[:50]!r}": request(b"GET", path)
    for path in (
        INSTANCES + b"/..%2f..%2fdocs",
        INSTANCES + b"/%2e%2e/organizations",
        INSTANCES + b"/../organizations",
        ONE + b"%00",
        INSTANCES + b"/%00",
        ONE + b"%252Fkeys",
        ONE + b"%0d%0aX-A:%20b",
        ONE + b";a=b",
        ONE + b"/",
        ONE.upper(),
        INSTANCES + b"/%ff%fe",
        INSTANCES + b"/%",
        INSTANCES + b"/%zz",
        INSTANCES + b"/%E2%80%AE" + INSTANCE,
        INSTANCES + b"/" + b"a" * 5_000,
        b"/api/v1//instances/" + INSTANCE,
        b"//evil.test" + INSTANCES,
        b"http://evil.test" + ONE,
        b"*",
    )
}

QUERIES: Mapping[str, bytes] = {
    f"query {query[:40]!r}": listing(query)
    for query in (
        b"limit=1&limit=2",
        b"limit=" + b"9" * 20,
        b"limit=1e2",
        b"limit=0",
        b"limit=-1",
        b"limit=NaN",
        b"limit=",
        b"limit=%D9%A3",
        b"limit=1;limit=2",
        b"organizationId=org_x",
        b"limt=1",
        b"statuss=ERROR",
        b"status[]=ERROR",
        b"status%5B%5D=ERROR",
        b"nonsense",
        b"status=RUNNING&status=ERROR",
        b"status=%00",
        b"name=%00",
        b"name=a&name=b",
        b"cursor=x",
        b"cursor=%00",
        b"cursor=%ff",
        b"cursor=..%2f..%2fx",
        b"cursor=b3JnXzE=",
        b"cursor=" + b"A" * 3_000,
    )
} | {
    f"waiting {query[:40]!r}": request(b"GET", ONE + b"?" + query)
    for query in (
        b"waitFor=x",
        b"waitfor=",
        b"waitfor",
        b"waitFor=RUNNING&waitFor=DELETED",
        b"waitFor=RUNNING&timeout=1e9",
        b"waitFor=RUNNING&timeout=inf",
        b"waitFor=RUNNING&timeout=-1",
        b"token=" + TOKEN,
    )
}

HEADERS: Mapping[str, bytes] = {
    "two account keys": request(b"GET", ONE, KEY, KEY),
    "an account key of bytes": request(b"GET", ONE, b"Authorization: Bearer \xff\xf0"),
    "a long account key": request(b"GET", ONE, b"Authorization: Bearer " + b"a" * 8_000),
    "a long idempotency key": create(BODY, JSON, b"Idempotency-Key: " + b"a" * 256),
    "an idempotency key of bytes": create(BODY, JSON, b"Idempotency-Key: \xff"),
    "a method in small letters": request(b"get", ONE),
    "a method that nobody knows": request(b"A" * 200, ONE),
    "TRACE": request(b"TRACE", ONE),
    "CONNECT": request(b"CONNECT", b"evil.test:443"),
    "a method in a header": request(b"POST", ONE, b"X-HTTP-Method-Override: DELETE", JSON, body=b"{}"),
    "chunks of nonsense": request(
        b"POST", INSTANCES, JSON, b"Transfer-Encoding: chunked", body=b"2;x=y\r\n{,\r\n0\r\n\r\n", length=False
    ),
    "an account key in a trailer": request(
        b"POST",
        INSTANCES,
        JSON,
        b"Authorization: Bearer x",
        b"Transfer-Encoding: chunked",
        body=b"%x\r\n%s\r\n0\r\n%s\r\n\r\n" % (len(BODY), BODY, KEY),
        length=False,
    ),
}

REFUSED: Mapping[str, bytes] = {**MADE_OF_JSON, **NAMED, **ENCODED, **PATHS, **QUERIES, **HEADERS}
"""HTTP, but nothing that the API takes."""

_SMUGGLED = request(b"DELETE", ONE)
_CHUNKED = b"Transfer-Encoding: chunked"
_END = b"0\r\n\r\n"


def post(*headers: bytes, body: bytes) -> bytes:
    return request(b"POST", INSTANCES, JSON, *headers, body=body, length=False)


def get(*headers: bytes) -> bytes:
    return request(b"GET", ONE, *headers)


BROKEN: Mapping[str, bytes] = {
    "a length and chunks": post(b"Content-Length: 5", _CHUNKED, body=_END + _SMUGGLED),
    "chunks and a length": post(_CHUNKED, b"Content-Length: %d" % len(_END + _SMUGGLED), body=_END + _SMUGGLED),
    "two lengths": post(b"Content-Length: 0", b"Content-Length: %d" % len(_SMUGGLED), body=_SMUGGLED),
    "the same length twice": post(b"Content-Length: 2", b"Content-Length: 2", body=b"{}"),
    "lengths in a list": post(b"Content-Length: 0, 2", body=b"{}"),
    "a length with a sign": post(b"Content-Length: +2", body=b"{}"),
    "a length in hexadecimal": post(b"Content-Length: 0x2", body=b"{}"),
    "a length in other digits": post("Content-Length: ٢".encode(), body=b"{}"),
    "a length with a space before the colon": post(b"Content-Length : %d" % len(_SMUGGLED), body=_SMUGGLED),
    "a length that is enormous": post(b"Content-Length: " + b"9" * 30, body=b"{}"),
    "a length on the next line": post(b"Content-Length:\r\n %d" % len(_SMUGGLED), body=_SMUGGLED),
    "chunks with a space before the colon": post(b"Transfer-Encoding : chunked", body=_END),
    "chunks with a control character": post(b"Transfer-Encoding: \x0bchunked", body=_END),
    "chunks twice": post(_CHUNKED, _CHUNKED, body=_END),
    "chunks and identity": post(b"Transfer-Encoding: chunked, identity", body=_END),
    "nearly chunks": post(b"Transfer-Encoding: xchunked", body=_END + _SMUGGLED),
    "a chunk of no size": post(_CHUNKED, body=b"zz\r\n{}\r\n" + _END),
    "a chunk of a negative size": post(_CHUNKED, body=b"-1\r\n{}\r\n" + _END),
    "a chunk of four gigabytes": post(_CHUNKED, body=b"ffffffff\r\n{}\r\n" + _END),
    "a chunk that is longer than it says": post(_CHUNKED, body=b"1\r\n{}\r\n" + _END),
    "chunks with bare line feeds": post(_CHUNKED, body=b"2\n{}\n0\n\n"),
    "trailers without an end": post(_CHUNKED, body=b"0\r\n" + b"X-A: b\r\n" * 500),
    "a folded header": get(b"X-A: b\r\n c"),
    "a header that begins with a space": get(b" X-A: b"),
    "a header without a colon": get(b"nonsense"),
    "a header without a name": get(b": b"),
    "a header with a space in its name": get(b"X A: b"),
    "a header with bytes in its name": get(b"X-\xe9: b"),
    "a carriage return in a header": get(b"X-A: b\rX-HTTP-Method: DELETE"),
    "a line feed in a header": get(b"X-A: b\nX-HTTP-Method: DELETE"),
    "a NUL in a header": get(b"X-A: \x00"),
    "an escape sequence in a header": get(b"X-A: \x1b[31m"),
    "two hosts": get(b"Host: evil.test"),
    "a header of 20 KB": get(b"X-A: " + b"b" * 20_000),
    "a header of 70 KB": get(b"X-A: " + b"b" * 70_000),
    "a path of bytes": request(b"GET", INSTANCES + b"/\xff\xfe"),
    "a path of 20 KB": request(b"GET", INSTANCES + b"/" + b"a" * 20_000),
    "a path of 70 KB": request(b"GET", INSTANCES + b"/" + b"a" * 70_000),
    "a space in the path": request(b"GET", ONE + b" x"),
    "a method of brackets": request(b"G(T", ONE),
    "no version": b"GET " + ONE + b"\r\n" + KEY + b"\r\n\r\n",
    "a version that there is not": get().replace(b"HTTP/1.1", b"HTTP/1.9"),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40 + b"\r\n\r\n",
}
"""No HTTP, or such as two servers could read differently."""

HARMLESS: Mapping[str, bytes] = {
    "two hundred headers": get(*[b"X-A: b"] * 200),
    "another method in the headers": get(
        b"X-HTTP-Method-Override: DELETE", b"X-HTTP-Method: DELETE", b"X-Method-Override: DELETE"
    ),
    "a body that nobody asked for": request(b"GET", ONE, JSON, body=b"{" * 100),
    "another protocol": get(b"Connection: Upgrade", b"Upgrade: websocket"),
    "another address in the headers": get(b"X-Forwarded-For: 198.51.100.1", b"X-Original-URL: /admin"),
    "a path in disguise": request(b"GET", INSTANCES + b"%2F" + INSTANCE),
}
"""What it tries is not done; what it asks for otherwise is."""
