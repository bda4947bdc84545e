"""The programs below `programs/`: one for each framework, short, as its guide writes it. Only the URL is ours."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Program:
    """A file below `programs/<language>/`, and the packages that it is about, whose versions are told.

    One that `waits` does so for minutes, and little else. One that `asks_the_system` for its server's address does so
    past its language, so it has an /etc/hosts of its own.
    """

    file: str
    packages: tuple[str, ...]
    waits: bool = False
    asks_the_system: bool = False

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
        Program("valkey_py.py", ("valkey",)),
        Program("valkey_glide.py", ("valkey-glide",), asks_the_system=True),
        Program("coredis_pipelines.py", ("coredis",)),
        Program("django_redis_cache.py", ("django-redis",)),
        Program("flask_caching_views.py", ("flask-caching",)),
        Program("taskiq_broker.py", ("taskiq", "taskiq-redis")),
        Program("faststream_broker.py", ("faststream",)),
        Program("apscheduler_jobs.py", ("apscheduler",)),
        Program("socketio_manager.py", ("python-socketio",)),
        Program("cashews_cache.py", ("cashews",)),
        Program("dogpile_region.py", ("dogpile-cache",)),
        Program("requests_cache_session.py", ("requests-cache",)),
        Program("walrus_containers.py", ("walrus",)),
        Program("pottery_containers.py", ("pottery",)),
    ),
    "node": (
        Program("bullmq-through-a-resize.mjs", ("bullmq", "ioredis")),
        Program("node-redis-through-a-resize.mjs", ("redis",)),
        Program("ioredis-pipelines.mjs", ("ioredis",)),
        Program("socket-io-adapter.mjs", ("@socket.io/redis-adapter", "socket.io")),
        Program("express-session.mjs", ("connect-redis", "express-session")),
        Program("rate-limiter.mjs", ("rate-limiter-flexible",)),
        Program("keyv-store.mjs", ("@keyv/redis", "keyv")),
        Program("iovalkey-commands.mjs", ("iovalkey",)),
        Program("glide-batches.mjs", ("@valkey/valkey-glide",), asks_the_system=True),
        Program("bull-queue.mjs", ("bull",)),
        Program("bee-queue-jobs.mjs", ("bee-queue",)),
        Program("node-resque-worker.mjs", ("node-resque",)),
        Program("fastify-rate-limit.mjs", ("fastify", "@fastify/redis", "@fastify/rate-limit")),
        Program("express-rate-limit.mjs", ("express-rate-limit", "rate-limit-redis")),
        Program("bottleneck-cluster.mjs", ("bottleneck",)),
        Program("redlock-locks.mjs", ("redlock",)),
        Program("catbox-cache.mjs", ("@hapi/catbox", "@hapi/catbox-redis")),
        Program("graphql-subscriptions.mjs", ("graphql-redis-subscriptions",)),
        Program("socket-io-streams-adapter.mjs", ("@socket.io/redis-streams-adapter",)),
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
