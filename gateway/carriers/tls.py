"""TLS as agencies demand it: 1.2 or newer, registered authorities, our certificate."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def tls_context(
    *,
    authorities: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
) -> ssl.SSLContext:
    """A context that verifies name and certificate; there is no switch against it.

    ``authorities``: PEM file of the only authorities that are trusted for this
    lane; without one, the system's. ``certificate`` and ``key``: what we show
    where the agency asks for a client certificate.

    Raises:
        OSError: a file is missing or holds no such thing.
    """
    context = ssl.create_default_context(cafile=authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context
