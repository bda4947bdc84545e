"""Flask-Caching: a view that is kept, a memoized function, and what is forgotten of it."""

import os
from itertools import count

from flask import Flask
from flask_caching import Cache

app = Flask(__name__)
cache = Cache(app, config={"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": os.environ["SWIFTCACHE_URL"]})
views, sums = count(1), count(1)


@app.get("/")
@cache.cached(timeout=60)
def index() -> str:
    return f"view {next(views)}"


@cache.memoize(60)
def add(left: int, right: int) -> tuple[int, int]:
    return left + right, next(sums)


browser = app.test_client()
assert [browser.get("/").text for _ in range(3)] == ["view 1"] * 3
with app.app_context():
    assert [add(1, 2), add(1, 2), add(2, 2)] == [(3, 1), (3, 1), (4, 2)]
    cache.delete_memoized(add, 1, 2)
    assert [add(1, 2), add(2, 2)] == [(3, 3), (4, 2)]
    cache.clear()
assert browser.get("/").text == "view 2"
