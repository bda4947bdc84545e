"""Valkey GLIDE, whose core is Rust: a batch, a script, a stream, and an error that is one."""

import asyncio
import os
from urllib.parse import urlsplit

from glide import (
    Batch,
    GlideClient,
    GlideClientConfiguration,
    NodeAddress,
    RequestError,
    Script,
    ServerCredentials,
)

url = urlsplit(os.environ["SWIFTCACHE_URL"])
configuration = GlideClientConfiguration(
    [NodeAddress(url.hostname, url.port)],
    use_tls=True,
    credentials=ServerCredentials(url.password, url.username),
    request_timeout=5000,
)


async def main() -> None:
    client = await GlideClient.create(configuration)
    assert await client.set("greeting", "hello") == "OK"
    assert await client.get("greeting") == b"hello"
    batch = Batch(is_atomic=True)
    batch.incr("visits").incrby("visits", 41)
    assert await client.exec(batch, raise_on_error=True) == [1, 42]
    assert await client.invoke_script(Script("return redis.call('GET', KEYS[1])"), keys=["greeting"]) == b"hello"
    event = await client.xadd("events", [("what", "paid")])
    assert await client.xread({"events": "0"}) == {b"events": {event: [[b"what", b"paid"]]}}
    [refused] = await asyncio.gather(client.incr("greeting"), return_exceptions=True)
    assert isinstance(refused, RequestError)
    assert "not an integer" in str(refused)
    await client.close()


asyncio.run(main())
