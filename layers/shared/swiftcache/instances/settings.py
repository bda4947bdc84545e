"""What an owner may choose of Redis's own configuration, beside memory and policy.

By the names of redis.conf (https://redis.io/docs/latest/operate/oss_and_stack/management/config-file/), which every
version since 7.0 knows. Each is one that costs nobody but the instance itself, and within its range not more than a
little of its processor or memory. Defaults are Redis's, but for `timeout`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from swiftcache.platform.errors import InvalidRequest

Value = str | int | bool

NOTIFY = "notify-keyspace-events"


@dataclass(frozen=True, slots=True)
class Number:
    """From `least` to `most`. `about` says of what, and in which unit."""

    default: int
    least: int
    most: int
    about: str


@dataclass(frozen=True, slots=True)
class Switch:
    """Yes or no."""

    about: str
    default: bool = False


SETTINGS: Mapping[str, Number | Switch] = {
    # Without an end, who never finishes a handshake would keep a place for ever: docs/decisions/0019.
    "timeout": Number(600, 60, 86_400, "seconds after which a silent connection is closed"),
    "maxmemory-samples": Number(5, 1, 64, "keys that are looked at for each that is evicted"),
    "lfu-log-factor": Number(10, 0, 255, "how slowly the counter of LFU grows"),
    "lfu-decay-time": Number(1, 0, 1_440, "minutes after which the counter of LFU shrinks; 0 is never"),
    "hash-max-listpack-entries": Number(512, 0, 4_096, "fields of a hash that is kept in little memory"),
    "hash-max-listpack-value": Number(64, 0, 4_096, "bytes of the longest of its values"),
    "list-max-listpack-size": Number(-2, -5, -1, "size of a list's nodes: -1 is 4 kB, -5 is 64 kB"),
    "set-max-intset-entries": Number(512, 0, 4_096, "members of a set of integers that is kept in little memory"),
    "zset-max-listpack-entries": Number(128, 0, 4_096, "members of a sorted set that is kept in little memory"),
    "zset-max-listpack-value": Number(64, 0, 4_096, "bytes of the longest of its members"),
    "lazyfree-lazy-eviction": Switch("free what is evicted in another thread"),
    "lazyfree-lazy-expire": Switch("free what has expired in another thread"),
    "lazyfree-lazy-server-del": Switch("free what is overwritten in another thread"),
    "lazyfree-lazy-user-del": Switch("let DEL do what UNLINK does"),
    "lazyfree-lazy-user-flush": Switch("let FLUSHALL and FLUSHDB be ASYNC unless told otherwise"),
    "slowlog-log-slower-than": Number(10_000, -1, 60_000_000, "microseconds; 0 logs all, -1 nothing"),
    "slowlog-max-len": Number(128, 0, 1_024, "commands that the slow log keeps"),
    "latency-monitor-threshold": Number(0, 0, 60_000, "milliseconds from which LATENCY remembers; 0 is never"),
}

_CLASSES = "g$lshzxetd"
_ALL = "A"
_WHERE = "KE"
_NOT_IN_ALL = "mn"


@dataclass(frozen=True, slots=True)
class Settings:
    """`chosen` are those that are not as by default, in Redis's names and words, by name."""

    chosen: tuple[tuple[str, str], ...] = ()

    def changed(self, given: Mapping[str, Value | None]) -> "Settings":
        """With these, of which None is the default. The names are known, and the values are in their ranges; events are
        checked here. Raises InvalidRequest."""
        words = dict(self.chosen)
        for name, value in given.items():
            words[name] = _DEFAULTS[name] if value is None else _word(name, value)
        return Settings(tuple(sorted((name, word) for name, word in words.items() if word != _DEFAULTS[name])))

    @property
    def words(self) -> dict[str, str]:
        """All of them, as CONFIG SET takes them."""
        return {**_DEFAULTS, **dict(self.chosen)}

    @property
    def values(self) -> dict[str, int | bool]:
        """All but the events, as the API shows them."""
        words = self.words
        return {
            name: words[name] == "yes" if isinstance(kind, Switch) else int(words[name])
            for name, kind in SETTINGS.items()
        }

    @property
    def events(self) -> str:
        """Which events are told to subscribers, in Redis's flags."""
        return self.words[NOTIFY]

    def options(self) -> str:
        """As words of redis-server's command line. Nothing at all cannot be said there, and is Redis's default."""
        return " ".join(f"--{name} {word}" for name, word in self.words.items() if word)


def canonical_events(flags: str) -> str:
    """The same flags, each once, in one order: first of what, then K, E, and what `A` does not contain.

    https://redis.io/docs/latest/develop/pubsub/keyspace-notifications/. Raises InvalidRequest for what Redis does not
    know, and for flags with which it would tell nothing.
    """
    unknown = sorted(set(flags) - {*_CLASSES, _ALL, *_WHERE, *_NOT_IN_ALL})
    if unknown:
        raise InvalidRequest(
            f"notifyKeyspaceEvents has the flag {unknown[0]!r}; the flags are {_WHERE}{_CLASSES}{_NOT_IN_ALL} and A, "
            f"which is {_CLASSES}",
            "/notifyKeyspaceEvents",
        )
    everything = _ALL in flags or set(_CLASSES) <= set(flags)
    classes = _ALL if everything else "".join(flag for flag in _CLASSES if flag in flags)
    where, more = ("".join(flag for flag in known if flag in flags) for known in (_WHERE, _NOT_IN_ALL))
    if flags and not (where and classes + more):
        raise InvalidRequest(
            "notifyKeyspaceEvents needs K or E, or both, and of what: with "
            f"{flags!r} Redis would tell nothing. An empty text turns it off",
            "/notifyKeyspaceEvents",
        )
    return classes + where + more


def _word(name: str, value: Value) -> str:
    if name == NOTIFY:
        return canonical_events(str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


_DEFAULTS = {NOTIFY: "", **{name: _word(name, kind.default) for name, kind in SETTINGS.items()}}

DEFAULT_SETTINGS = Settings()
"""Nothing is chosen."""
