"""Files that nobody else may read: they hold account keys."""

import os
from pathlib import Path

OWNER_ONLY = 0o600


def write(path: Path, text: str) -> None:
    """In one step, with mode 0600 from the beginning, in a folder with mode 0700."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w") as file:
        file.write(text)
    draft.replace(path)


def others_may_read(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o077)
