"""The body of a download."""

from typing import Annotated

from pydantic import Field

from swiftcache.api.body import AttributesBody


class DownloadBackupResponse(AttributesBody):
    """Where the RDB file can be had. Whoever has the link has the data: keep it as you keep a key."""

    url: Annotated[str, Field(description="GET it before `expiresAt`; it needs no account key")]
    expires_at: str
    sha256: Annotated[str, Field(description="of the file, in hexadecimal digits")]
