"""Every command and subcommand of Redis 7.0 to 8.0 and Valkey 8.0, what a key gets for it, and why.

The answers are what is promised; `test_commands.py` holds a real server to them, and the page docs/commands.md to both.
Redis's own names, lower case, a subcommand after a bar. What a newer engine adds is in no group: then the test says so,
and somebody has to decide.
"""

from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """Which keys may send a command."""

    EVERY_KEY = "every key"
    READ_WRITE = "`read-write` keys"
    REFUSED = "`NOPERM`"


@dataclass(frozen=True)
class Group:
    """Commands that get the same answer for the same reason. `instead`: what reaches the same end.

    `waits`: their connection may wait, and nobody else with it.
    """

    answer: Answer
    listed: str
    why: str
    instead: str = ""
    waits: bool = False

    @property
    def commands(self) -> list[str]:
        return self.listed.split()


GROUPS = (
    Group(
        Answer.EVERY_KEY,
        """
            bitcount bitfield_ro bitpos dbsize dump exists expiretime geodist geohash geopos georadius_ro
            georadiusbymember_ro geosearch get getbit getrange hexists hget hgetall hkeys hlen hmget hrandfield
            hscan hstrlen hvals keys lcs lindex llen lpos lrange memory|usage mget object|encoding object|freq
            object|idletime object|refcount pexpiretime pfcount pttl randomkey scan scard sdiff sinter sintercard
            sismember smembers smismember sort_ro srandmember sscan strlen substr sunion touch ttl type
            xinfo|consumers xinfo|groups xinfo|stream xlen xpending xrange xrevrange zcard zcount zdiff zinter
            zintercard zlexcount zmscore zrandmember zrange zrangebylex zrangebyscore zrank zrevrange zrevrangebylex
            zrevrangebyscore zrevrank zscan zscore zunion
        """,
        "reads keys",
    ),
    Group(
        Answer.EVERY_KEY,
        "wait xread",
        "waits, and only its own connection with it",
        waits=True,
    ),
    Group(
        Answer.EVERY_KEY,
        """
            asking auth client|caching client|getname client|getredir client|help client|id client|info client|reply
            client|setname client|tracking client|trackinginfo discard echo exec hello multi ping quit readonly
            readwrite reset select unwatch watch
        """,
        "is about the connection that sends it, and ends with it",
    ),
    Group(
        Answer.EVERY_KEY,
        """
            psubscribe pubsub|channels pubsub|help pubsub|numpat pubsub|numsub pubsub|shardchannels
            pubsub|shardnumsub punsubscribe ssubscribe subscribe sunsubscribe unsubscribe
        """,
        "hears what is published, for as long as it is connected",
    ),
    Group(
        Answer.EVERY_KEY,
        "eval_ro evalsha_ro fcall_ro",
        "runs with the rights of its key, and what it runs may only read",
    ),
    Group(
        Answer.EVERY_KEY,
        """
            acl|whoami client|list cluster|countkeysinslot cluster|getkeysinslot cluster|help cluster|info
            cluster|keyslot cluster|links cluster|myid cluster|nodes cluster|shards cluster|slots command|count
            command|docs command|getkeys command|getkeysandflags command|help command|info command|list
            function|help function|list function|stats info lastsave latency|doctor latency|graph latency|help
            latency|histogram latency|history latency|latest lolwut memory|doctor memory|help memory|malloc-stats
            memory|stats object|help role script|exists script|help slowlog|get slowlog|help slowlog|len time
            xgroup|help xinfo|help
        """,
        "tells of the instance, which has one owner, or of Redis itself",
    ),
    Group(
        Answer.READ_WRITE,
        """
            append bitfield bitop copy decr decrby del expire expireat flushall flushdb function|delete
            function|flush function|load function|restore geoadd georadius georadiusbymember geosearchstore getdel
            getex getset hdel hincrby hincrbyfloat hmset hset hsetnx incr incrby incrbyfloat linsert lmove lmpop
            lpop lpush lpushx lrem lset ltrim move mset msetnx persist pexpire pexpireat pfadd pfmerge psetex rename
            renamenx restore rpop rpoplpush rpush rpushx sadd sdiffstore set setbit setex setnx setrange sinterstore
            smove sort spop srem sunionstore swapdb unlink xack xadd xautoclaim xclaim xdel xgroup|create
            xgroup|createconsumer xgroup|delconsumer xgroup|destroy xgroup|setid xsetid xtrim zadd zdiffstore
            zincrby zinterstore zmpop zpopmax zpopmin zrangestore zrem zremrangebylex zremrangebyrank
            zremrangebyscore zunionstore
        """,
        "writes keys or functions",
    ),
    Group(
        Answer.READ_WRITE,
        "blmove blmpop blpop brpop brpoplpush bzmpop bzpopmax bzpopmin xreadgroup",
        "writes, and waits; only its own connection waits with it",
        waits=True,
    ),
    Group(
        Answer.READ_WRITE,
        "eval evalsha fcall function|dump function|kill script|flush script|kill script|load",
        "runs, keeps or ends a script or a function, which may write with the rights of its key",
    ),
    Group(
        Answer.READ_WRITE,
        "publish spublish",
        "is heard by other clients of the instance",
    ),
    Group(
        Answer.READ_WRITE,
        "latency|reset memory|purge slowlog|reset",
        "lets Redis forget its figures, or memory that it holds ready",
    ),
    Group(
        Answer.REFUSED,
        "script|debug",
        "Redis waits for the one client that debugs, and answers nobody else, not us either; or it forks",
        "redis-cli --ldb against a Redis of your own",
    ),
    Group(
        Answer.REFUSED,
        "client|kill",
        "it could close our connections too, and so keep a revoked key alive",
        "`DELETE …/keys/{keyId}` closes those of a key; idle ones close after 10 minutes",
    ),
    Group(
        Answer.REFUSED,
        "client|unblock",
        "while writes wait for a task that takes over, Redis 7.0 ends if one of them is unblocked (a panic)",
        "a shorter time-out of the command that waits; its client may close its connection",
    ),
    Group(
        Answer.REFUSED,
        "client|no-evict",
        "who is never disconnected takes the memory that the task needs, and ends it",
        "read answers as they come; the [limits](decisions/0019-hostile-clients.md) by size",
    ),
    Group(
        Answer.REFUSED,
        "client|pause client|unpause",
        "they stop every client, us too, or begin writes that wait for a task which takes over",
        "pause in your programs",
    ),
    Group(
        Answer.REFUSED,
        "config|get config|set config|rewrite config|resetstat config|help",
        "the configuration is ours: memory, limits and certificates hang on it",
        "`PATCH /instances/{instanceId}` for memory and policy; `INFO` tells both",
    ),
    Group(
        Answer.REFUSED,
        """
            acl|cat acl|deluser acl|dryrun acl|genpass acl|getuser acl|help acl|list acl|load acl|log acl|save
            acl|setuser acl|users
        """,
        "users are keys: the record has them, and would undo what is changed here",
        "`POST` and `DELETE …/keys`; `ACL WHOAMI` is allowed",
    ),
    Group(
        Answer.REFUSED,
        "monitor",
        "it shows what we send too, and takes half of the speed",
        "`GET /instances/{instanceId}/slowlog`, `SLOWLOG GET`, `LATENCY HISTOGRAM`, [metrics](metrics.md)",
    ),
    Group(
        Answer.REFUSED,
        "debug pfdebug pfselftest",
        "they stop Redis, fill it or end it",
        "`OBJECT`, `MEMORY USAGE`",
    ),
    Group(
        Answer.REFUSED,
        "module|help module|list module|load module|loadex module|unload",
        "it is code in the process of Redis",
        "functions: `FUNCTION LOAD`",
    ),
    Group(
        Answer.REFUSED,
        "shutdown failover",
        "they end the process, or have it serve nobody",
        "`DELETE /instances/{instanceId}`",
    ),
    Group(
        Answer.REFUSED,
        "replicaof slaveof psync sync replconf",
        "the data would go to or come from anywhere, and a copy forks; a change of size goes this way",
        "`DUMP` and `RESTORE`, `SCAN`",
    ),
    Group(
        Answer.REFUSED,
        "migrate",
        "Redis would connect to any address, and wait for it",
        "`DUMP` and `RESTORE`, as `redis-cli` or RIOT send them",
    ),
    Group(
        Answer.REFUSED,
        "save bgsave bgrewriteaof",
        "the first stops Redis, the others fork and take memory that the task has not; files are ours",
        "[persistence](persistence.md) keeps each write within a second",
    ),
    Group(
        Answer.REFUSED,
        """
            cluster|addslots cluster|addslotsrange cluster|bumpepoch cluster|count-failure-reports cluster|delslots
            cluster|delslotsrange cluster|failover cluster|flushslots cluster|forget cluster|meet cluster|replicas
            cluster|replicate cluster|reset cluster|saveconfig cluster|set-config-epoch cluster|setslot
            cluster|slaves
        """,
        "there is no cluster to change",
        "`CLUSTER INFO`, `NODES`, `SLOTS` and the other reading ones answer, that there is none",
    ),
    Group(
        Answer.REFUSED,
        "restore-asking",
        "only nodes of a cluster send it",
        "`RESTORE`",
    ),
)

NEWER = (
    Group(
        Answer.EVERY_KEY,
        """
            client|capa client|no-touch client|setinfo cluster|myshardid cluster|slot-stats hexpiretime hpexpiretime
            hpttl httl
        """,
        "reads, or is about the connection that sends it",
    ),
    Group(Answer.EVERY_KEY, "waitaof", "waits, and only its own connection with it", waits=True),
    Group(
        Answer.READ_WRITE,
        "hexpire hexpireat hgetdel hgetex hpersist hpexpire hpexpireat hsetex script|show",
        "writes keys, or shows a script",
    ),
    Group(
        Answer.READ_WRITE,
        """
            vadd vcard vdim vemb vgetattr vinfo vismember vlinks vrandmember vrem vsetattr vsim
        """,
        "vector sets, of a module that Redis 8 brings: a module's commands are not in Redis's own categories",
    ),
)
"""What Redis 7.2 to 8.0 and Valkey 8.0 have besides."""


def answers() -> dict[str, Answer]:
    """The answer to each command by its name, those of newer engines included.

    Raises ValueError if one is named twice.
    """
    named = [(name, group.answer) for group in (*GROUPS, *NEWER) for name in group.commands]
    if len(dict(named)) != len(named):
        raise ValueError("a command is in two groups")
    return dict(named)


def waiting() -> set[str]:
    return {name for group in (*GROUPS, *NEWER) if group.waits for name in group.commands}


def table(known: set[str]) -> str:
    """The table of docs/commands.md: what not every key may send, of the commands that a server knows."""
    rows = [
        f"| {_shown(group.commands, known)} | {group.answer} | {group.why} | {group.instead or '–'} |"
        for group in (*_those(Answer.REFUSED), *_those(Answer.READ_WRITE))
    ]
    return "\n".join(["| command | answer | why | instead |", "|---|---|---|---|", *rows]) + "\n"


def _those(answer: Answer) -> list[Group]:
    return [group for group in GROUPS if group.answer is answer]


def _shown(commands: list[str], known: set[str]) -> str:
    return " ".join(f"`{name.upper().replace('|', ' ')}`" for name in commands if name in known)
