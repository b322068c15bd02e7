"""Timestamps (RFC 3161): what is asked, and whether an answer holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

if TYPE_CHECKING:
    from datetime import datetime


class StampWrong(ValueError):
    """An answer that proves nothing; says what is wrong with it."""


def stamp_request(statement: bytes) -> tuple[bytes, int]:
    """What a service is sent: the statement's SHA-256 with a fresh nonce, and the nonce."""
    builder = TimestampRequestBuilder(statement, HashAlgorithm.SHA256)
    request = builder.cert_request(cert_request=True).build()
    return request.as_bytes(), request.nonce or 0


def checked_stamp(
    response: bytes, statement: bytes, certificates: bytes, nonce: int | None = None
) -> datetime:
    """When the service says that it saw the statement.

    ``certificates`` (PEM): the service's own, the only one that counts, and after it
    those of its issuers; ``nonce``: of the request that this answers, None where it was
    checked before.

    Raises:
        StampWrong: it is refused, of another text, another nonce, or another service.
    """
    try:
        pinned, *issuers = x509.load_pem_x509_certificates(certificates)
        answer = decode_timestamp_response(response)
        builder = VerifierBuilder(
            tsa_certificate=pinned, roots=issuers or [pinned], nonce=nonce
        )
        builder.build().verify_message(answer, statement)
        told = answer.tst_info
    except (VerificationError, ValueError, TypeError) as wrong:
        raise StampWrong(str(wrong)) from wrong
    return told.gen_time
