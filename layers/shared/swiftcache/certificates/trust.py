"""Which roots our functions trust: what a certificate must lead to, so that they can speak to an instance."""

import ssl


def trusted_roots() -> list[bytes]:
    """Those of the system, or of SSL_CERT_FILE, in DER."""
    return ssl.create_default_context().get_ca_certs(binary_form=True)
