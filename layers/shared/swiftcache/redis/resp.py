"""How long a message of Redis's protocol is, in bytes (https://redis.io/docs/latest/develop/reference/protocol-spec/)."""

OK = len("+OK\r\n")


def command(*words: str | int) -> int:
    return len(f"*{len(words)}\r\n") + sum(bulk(len(str(word).encode())) for word in words)


def bulk(length: int) -> int:
    return len(f"${length}\r\n") + length + len("\r\n")


def integer(value: int) -> int:
    return len(f":{value}\r\n")
