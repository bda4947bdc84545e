"""cashews: a cached function, one that is locked, a limit by a sliding window, and tags."""

import asyncio
import os

from cashews import RateLimitError, cache

cache.setup(os.environ["SWIFTCACHE_URL"])
calls = []


@cache(ttl="1m", key="user:{number}", tags=["users"])
async def user(number: int) -> dict[str, int]:
    calls.append(number)
    return {"id": number}


@cache.slice_rate_limit(limit=3, period="1m", key="login:{name}")
async def login(name: str) -> str:
    return name


async def main() -> None:
    assert [await user(1), await user(1), await user(2)] == [{"id": 1}, {"id": 1}, {"id": 2}]
    assert calls == [1, 2]
    await cache.delete_tags("users")
    assert await user(1) == {"id": 1}
    assert calls == [1, 2, 1]
    assert [await login("Ada") for _ in range(3)] == ["Ada"] * 3
    try:
        await login("Ada")
    except RateLimitError:
        assert await login("Grace") == "Grace"
    else:
        raise AssertionError("the fourth was not refused")
    await cache.close()


asyncio.run(main())
