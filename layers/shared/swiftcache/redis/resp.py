"""How long a message of Redis's protocol is, in bytes (https://redis.io/docs/latest/develop/reference/protocol-spec/)."""

from typing import Any

OK = len("+OK\r\n")


def command(*words: str | int) -> int:
    return len(f"*{len(words)}\r\n") + sum(bulk(len(str(word).encode())) for word in words)


def bulk(length: int) -> int:
    return len(f"${length}\r\n") + length + len("\r\n")


def answer(value: bytes | int | list[Any]) -> int:
    """An answer of numbers, texts and lists of these."""
    match value:
        case int():
            return integer(value)
        case bytes():
            return bulk(len(value))
        case _:
            return len(f"*{len(value)}\r\n") + sum(map(answer, value))


def integer(value: int) -> int:
    return len(f":{value}\r\n")
