"""An image of this machine's own redis-server: what the task definition needs of the stock image, and no more."""

import io
import tarfile

from local.sam.root_file_system import RootFileSystem

PROGRAMS = ("redis-server", "sh", "base64", "gzip")
USER_ID = 999
PASSWD = f"root:x:0:0::/:/bin/sh\nredis:x:{USER_ID}:{USER_ID}::/data:/bin/sh\n"
GROUP = f"root:x:0:\nredis:x:{USER_ID}:\n"


def image() -> bytes:
    """A root file system as a tar: the programs with their libraries, a user `redis`, a volume /data of that user."""
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w") as tar:
        root = RootFileSystem(tar)
        for name in PROGRAMS:
            root.program(name)
        root.text("etc/passwd", PASSWD)
        root.text("etc/group", GROUP)
        root.folder("data", owner=USER_ID)
        root.folder("tmp", 0o1777)
        root.folder("proc", 0o555)
    return found.getvalue()
