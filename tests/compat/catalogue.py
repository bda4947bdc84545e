"""The programs below `programs/`: one for each framework, short, as its guide writes it. Only the URL is ours."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Program:
    """A file below `programs/<language>/`, and the packages that it is about, whose versions are told.

    One that `waits` does so for minutes, and little else.
    """

    file: str
    packages: tuple[str, ...]
    waits: bool = False

    @property
    def name(self) -> str:
        return Path(self.file).stem.replace("_", "-")


PROGRAMS: dict[str, tuple[Program, ...]] = {
    "python": (
        Program("idle_subscriber.py", ("redis",), waits=True),
        Program("blocked_pop.py", ("redis",), waits=True),
        Program("django_cache.py", ("django",)),
        Program("celery_through_a_resize.py", ("celery", "redis")),
        Program("rq_through_a_resize.py", ("rq", "redis")),
        Program("dramatiq_worker.py", ("dramatiq",)),
        Program("huey_tasks.py", ("huey",)),
        Program("flask_sessions_and_limits.py", ("flask-session", "flask-limiter")),
        Program("channels_layer.py", ("channels-redis",)),
    ),
    "node": (
        Program("bullmq-through-a-resize.mjs", ("bullmq", "ioredis")),
        Program("node-redis-through-a-resize.mjs", ("redis",)),
        Program("ioredis-pipelines.mjs", ("ioredis",)),
        Program("socket-io-adapter.mjs", ("@socket.io/redis-adapter", "socket.io")),
        Program("express-session.mjs", ("connect-redis", "express-session")),
        Program("rate-limiter.mjs", ("rate-limiter-flexible",)),
        Program("keyv-store.mjs", ("@keyv/redis", "keyv")),
    ),
    "ruby": (
        Program("redis-rb.rb", ("ruby-redis",)),
        Program("rails-cache.rb", ("ruby-activesupport",)),
        Program("rack-attack.rb", ("ruby-rack-attack", "ruby-redis-store")),
        Program("sidekiq-through-a-resize.rb", ("ruby-sidekiq",)),
    ),
    "php": (
        Program("phpredis.php", ("php-redis",)),
        Program("predis.php", ("php-predis",)),
    ),
}
"""By language."""
