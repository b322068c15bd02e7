"""What lies deeper: inner layers of messages, keys, what other systems say of themselves."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import zipfile
import zlib
from contextlib import suppress
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING

import orjson
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from multidict import CIMultiDict

from gateway.adapters.civil_registry import details, sessions
from gateway.adapters.tax.portal_mapping import read_slip
from gateway.adapters.tax.portal_reading import found_in
from gateway.api import open_reports
from gateway.carriers import oidc, shown_certificates
from gateway.carriers.bodies import (
    AnswerEncoding,
    AnswerLimits,
    AnswerTooLarge,
    Unpacker,
)
from gateway.carriers.http import HTTPAnswer
from gateway.carriers.sftp import _is_public_key
from gateway.carriers.tokens import LoginFailed
from gateway.console import calendar_change
from gateway.domain.attempt import Times
from gateway.domain.errors import DeliveryError, ReportRefused, SenderError, SignInAway
from gateway.domain.file_errors import FileTypeNotAllowed
from gateway.intake import papers
from gateway.recording import documents
from gateway.validation.evidence_package import NotWhole, published
from gateway.validation.file_types import FileTypes
from gateway.validation.json_schema import JSONSchemaCatalogue
from tests.fuzz import kept
from tests.fuzz.kept import NOW, ROOT
from tests.fuzz.target import Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

SAMPLES = ROOT / "schemas" / "agencies"
LINE = details.Line(1, "H00.103-260310-0001", "1.1", "KS", 1, {})


@cache
def _schemas() -> JSONSchemaCatalogue:
    return JSONSchemaCatalogue.load(ROOT / "schemas")


def civil_list(data: bytes) -> None:
    """A list of the registry's dossiers."""
    with suppress(ReportRefused, DeliveryError):
        details.read_list(data, _schemas().errors)


def civil_detail(data: bytes) -> None:
    """A dossier of the registry: JSON in JSON, and XML or JSON in that."""
    line = LINE
    with suppress(ValueError, KeyError, TypeError):
        inner = json.loads(json.loads(data)["data"])
        line = details.Line(1, inner["maHoSo"], "1.1", inner["module"], 1, {})
    with suppress(ReportRefused):
        report = details.read_detail(line, data, _schemas().errors)
        orjson.dumps([report.facts, report.content])


def civil_token(data: bytes) -> None:
    """The registry's answer to a log-in."""
    answer = HTTPAnswer(200, CIMultiDict(), data, Times())
    with suppress(LoginFailed):
        sessions.grant_of(answer, NOW)


def tax_state(data: bytes) -> None:
    """What tax's portal says of a slip that was asked about."""
    slip = read_slip((SAMPLES / "tax_portal/samples/slip_new.xml").read_bytes())
    with suppress(orjson.JSONDecodeError):
        # Whoever calls it has read the answer before.
        orjson.loads(data)
        found_in(data, slip, _schemas().errors)


def packed_answer(data: bytes) -> None:
    """An answer that came packed; the first byte says how."""
    how = ("gzip", "deflate", "identity", "br")[data[0] % 4] if data else ""
    limits = AnswerLimits(body_bytes=100_000)
    with suppress(AnswerEncoding, AnswerTooLarge):
        reader = Unpacker(how, limits)
        for at in range(1, len(data), 100):
            reader.feed(data[at : at + 100])
        reader.finish()


def provider(data: bytes) -> None:
    """What a provider of sign-ins says of itself, and its keys."""
    with suppress(SignInAway):
        said = oidc._object(data, 200)
        for value in said.values():
            oidc._number(value)
            if isinstance(value, str):
                oidc._safe(value)
        with suppress(JoseError, ValueError, KeyError, TypeError):
            KeySet.import_key_set(said)  # type: ignore[arg-type]


def shown_certificate(data: bytes) -> None:
    """What a server shows of itself before anybody believes it."""
    inner = SimpleNamespace(get_unverified_chain=lambda: [data])
    for one in shown_certificates.chain(inner):  # type: ignore[arg-type]
        shown_certificates.names(one)
        shown_certificates.said(one.issuer)
        shown_certificates.days_left(one, NOW)


def host_key(data: bytes) -> None:
    """The key of a server for files."""
    _is_public_key(data.decode("utf-8", "replace"))


def base64_content(data: bytes) -> None:
    """A file inside JSON."""
    text = data.decode("latin-1")
    for read in (papers._decoded, open_reports._decoded, details.decoded):
        read(text)
    documents.in_base64(text)
    documents.kind_of(data)


def key_file(data: bytes) -> None:
    """Keys as a gateway publishes them."""
    with suppress(NotWhole):
        published(data)


def calendar_form(data: bytes) -> None:
    """What a page of the calendar carries to the next one."""
    text = data.decode("utf-8", "replace")
    calendar_change._sent(text)
    with suppress(SenderError):
        calendar_change._read(text)


def _office_file() -> bytes:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    return room.getvalue()


def file_type(data: bytes) -> None:
    """What a file is, by its bytes: in one piece and in many."""

    async def look() -> None:
        for size in (len(data) or 1, 7):
            pieces = (data[at : at + size] for at in range(0, len(data), size))

            async def each(pieces: Iterator[bytes] = pieces) -> AsyncIterator[bytes]:
                for piece in pieces:
                    yield piece

            with suppress(FileTypeNotAllowed):
                async for _ in FileTypes(("pdf", "docx")).through(each()):
                    pass

    asyncio.run(look())


def _pattern(pattern: str) -> Callable[[], tuple[bytes, ...]]:
    return lambda: tuple(one.read_bytes() for one in sorted(SAMPLES.glob(pattern)))


def _always(*seeds: bytes) -> Callable[[], tuple[bytes, ...]]:
    return lambda: seeds


def _keys() -> tuple[bytes, ...]:
    made = kept.packages()[0]
    return (made.files["keys.json"],)


def _provider() -> tuple[bytes, ...]:
    said = {
        "issuer": "https://a.vi-du",
        "authorization_endpoint": "https://a.vi-du/x",
        "exp": 1773102600,
        "keys": [kept.CURVE.as_dict(private=False)],
    }
    return (json.dumps(said).encode(),)


def _der() -> bytes:
    pem = kept.pair().certificate_pem
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


_HOST_KEY = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsh2oGf9q1kXfRHrAxN7ZqRiCpQo4pBT1s"
TARGETS: dict[str, Target] = {
    feed.__name__.replace("_", "-"): Target(feed, seeds, head)
    for feed, seeds, head in (
        (civil_list, _pattern("civil_registry/samples/dvclt-list*.json"), 0),
        (civil_detail, _pattern("civil_registry/samples/dvclt-detail.K*.json"), 0),
        (civil_token, _pattern("civil_registry/samples/dvclt-token*.json"), 0),
        (tax_state, _pattern("tax_portal/samples/TraCuuNghiaVu.reply*.json"), 0),
        (
            packed_answer,
            _always(b"\0" + gzip.compress(b"{}"), b"\1" + zlib.compress(b"{}")),
            1,
        ),
        (provider, _provider, 0),
        (shown_certificate, lambda: (_der(),), 0),
        (host_key, _always(_HOST_KEY, b"ssh-rsa AAAA"), 0),
        (base64_content, _always(b"JVBERi0xLjQ=", _office_file(), b"UEsDBA=="), 0),
        (key_file, _keys, 0),
        (file_type, _always(b"%PDF-1.4 ", _office_file(), b"MZ"), 0),
        (calendar_form, _always(b'{"holiday":[{"date":"2026-03-10"}]}', b"a = 1"), 0),
    )
}
