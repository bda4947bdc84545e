"""What the API shows of the certificate that an instance serves."""

from typing import Annotated

from pydantic import Field

from swiftcache.api.body import AttributesBody


class CertificateBody(AttributesBody):
    """As it was last found by a TLS handshake with the instance."""

    not_after: Annotated[str, Field(description="from then on no client trusts it")]
    sha256_fingerprint: Annotated[str, Field(description="of its DER, in lower case hex digits")]
