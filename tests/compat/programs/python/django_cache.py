"""Django's own Redis cache, as its guide sets it up, and its sessions in it."""

import os

import django
from django.conf import settings
from django.contrib.sessions.backends.cache import SessionStore
from django.core.cache import cache

settings.configure(
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": os.environ["SWIFTCACHE_URL"],
        }
    },
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    INSTALLED_APPS=["django.contrib.sessions"],
)
django.setup()

cache.set_many({f"user:{number}": {"id": number} for number in range(100)}, timeout=60)
assert len(cache.get_many([f"user:{number}" for number in range(100)])) == 100
assert cache.add("user:1", "another") is False
cache.set("visits", 1)
assert cache.incr("visits", 41) == 42
assert cache.touch("visits", 5)
assert cache.get_or_set("made", lambda: "once") == "once"

session = SessionStore()
session["cart"] = ["book"]
session.save()
assert SessionStore(session_key=session.session_key)["cart"] == ["book"]

cache.clear()
assert cache.get("visits") is None
