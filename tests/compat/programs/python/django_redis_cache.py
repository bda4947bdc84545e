"""django-redis: Django's cache with locks, patterns, lifetimes, and the client itself."""

import os

import django
from django.conf import settings
from django.core.cache import cache
from django_redis import get_redis_connection

settings.configure(
    CACHES={
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": os.environ["SWIFTCACHE_URL"],
            "OPTIONS": {"CLIENT_CLASS": "django_redis.client.DefaultClient"},
        }
    }
)
django.setup()

cache.set_many({f"user:{number}": {"id": number} for number in range(100)}, timeout=60)
assert 0 < cache.ttl("user:1") <= 60
assert len(list(cache.iter_keys("user:*"))) == 100
assert cache.set("user:1", "another", nx=True) is False
with cache.lock("reserve", timeout=5):
    assert not get_redis_connection("default").lock(cache.make_key("reserve"), blocking=False).acquire()
assert cache.persist("user:1")
assert cache.ttl("user:1") is None
assert cache.delete_pattern("user:*") == 100
assert cache.get("user:1") is None
