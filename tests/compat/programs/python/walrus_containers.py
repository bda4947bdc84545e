"""Walrus: Redis as Python's containers, models with an index, a rate limit, and a lock."""

import os

from redis import ConnectionPool
from walrus import Database, IntegerField, Model, TextField

db = Database(connection_pool=ConnectionPool.from_url(os.environ["SWIFTCACHE_URL"]))


class User(Model):
    __database__ = db
    name = TextField(index=True)
    born = IntegerField(index=True)


for name, born in (("Ada", 1815), ("Grace", 1906), ("Barbara", 1939)):
    User.create(name=name, born=born)
assert sorted(user.name for user in User.query(User.born > 1900)) == ["Barbara", "Grace"]
assert User.get(User.name == "Ada").born == 1815

cart = db.Hash("cart")
cart.update(book=1, pen=2)
assert cart["pen"] == b"2"
assert len(cart) == 2
limit = db.rate_limit("login", limit=2, per=60)
assert [limit.limit("Ada") for _ in range(3)] == [False, False, True]
with db.lock("reserve", ttl=5000):
    assert db.lock("reserve", ttl=5000).acquire(block=False) is False
