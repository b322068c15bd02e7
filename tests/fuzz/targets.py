"""Each decoder of strangers' bytes as a function of bytes, and the errors that it may name.

Whatever else it raises is a fault. ``python -m tests.fuzz`` feeds them under a fuzzer
that is led by coverage; ``test_crashes.py`` feeds what was found before, and seeds.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.adapters.civil_registry.details import read_list
from gateway.adapters.tax.portal_notices import FileUnreadable, parts_of
from gateway.api.bodies import as_object, without_nulls
from gateway.disk.archives import ArchiveRefused, read_stored, unpacked
from gateway.domain.errors import GatewayError
from gateway.domain.text import as_download, fold, nfc, normal_number, visible, words
from gateway.relay.head import read_head, segments
from gateway.relay.refusing import Refused
from gateway.sheets.comma_text import rows_of, text_of
from gateway.validation.evidence_package import NotWhole, Trust, check
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.validation.seal import SealRefused, verify_seal
from gateway.validation.xml import XMLRefused, parse
from gateway.validation.xml_signature import SignatureRefused, SignedShape, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NOW = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)
SHAPE = SignedShape("urn:vi-du:phieu:1")
MOST = 1024 * 1024
ROOT = Path(__file__).resolve().parents[2]


def json_body(data: bytes) -> None:
    """A body of the API."""
    with suppress(GatewayError):
        without_nulls(as_object(data))


def xml_document(data: bytes) -> None:
    """Any XML."""
    with suppress(XMLRefused):
        parse(data)


def signed_document(data: bytes) -> None:
    """A slip, or an answer of tax."""
    with suppress(XMLRefused, SignatureRefused):
        verify(data, certificates=(), at=NOW, shape=SHAPE)


def seal(data: bytes) -> None:
    """A JWS over a message."""
    text, _, payload = data.partition(b"\n")
    with suppress(SealRefused):
        verify_seal(text.decode("latin-1"), payload, certificates={}, at=NOW)


def notices(data: bytes) -> None:
    """A file of notices from the portal."""
    with suppress(FileUnreadable, GatewayError):
        parts_of(data, adjusts=True, at=NOW, max_bytes=MOST)


def civil_list(data: bytes) -> None:
    """A list of the registry."""
    with suppress(GatewayError):
        read_list(data, schemas().errors)


@cache
def schemas() -> JSONSchemaCatalogue:
    """What the adapters hold messages against."""
    return JSONSchemaCatalogue.load(ROOT / "schemas")


def archive(data: bytes) -> None:
    """A zip with packages."""
    with suppress(ArchiveRefused):
        unpacked(data, max_files=100, max_bytes=MOST)


def evidence(data: bytes) -> None:
    """A package of evidence."""
    with suppress(ArchiveRefused):
        read_stored(data)
    with suppress(NotWhole):
        check(data, Trust())


def comma_separated(data: bytes) -> None:
    """A list as CSV."""
    with suppress(GatewayError):
        text, _ = text_of(data)
        rows_of(text)


def relay_head(data: bytes) -> None:
    """The head of a call at the relay."""
    first, *lines = data.split(b"\r\n")
    with suppress(Refused):
        head = read_head(first, lines)
        segments(head.path)


def texts(data: bytes) -> None:
    """A name, a number, a file's name."""
    text = data.decode("utf-8", "replace")
    for one in (nfc, fold, words, normal_number, visible, as_download):
        one(text)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    one.__name__.replace("_", "-"): one
    for one in (
        json_body, xml_document, signed_document, seal, notices, civil_list, archive,
        evidence, comma_separated, relay_head, texts,
    )
}  # fmt: skip
#: What a target begins with, so that it need not find the form by itself.
SEEDS: Mapping[str, tuple[bytes, ...]] = {
    "json-body": (b'{"number":"H00.01-260310-0001","units":{"intake":"H00"}}', b"[1]"),
    "xml-document": (b"<a b='c'>d<!-- e --><f/></a>", b"<?xml version='1.0'?><a/>"),
    "signed-document": (
        b'<DATA xmlns="urn:vi-du:phieu:1"><BODY><ROW Id="a"/></BODY></DATA>',
    ),
    "seal": (b"eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ..AAAA\n{}",),
    "notices": (b"<DATA><BODY><LIST/></BODY></DATA>",),
    "civil-list": (b'{"status":1,"data":[{"id":1,"maHoSoLT":"a"}]}',),
    "archive": (b"PK\x05\x06" + bytes(18), b"PK\x03\x04"),
    "evidence": (b"PK\x05\x06" + bytes(18),),
    "comma-separated": (b"a;b\n1;2\n", "\ufeffSố hồ sơ,Ngày\n1,2".encode()),
    "relay-head": (b"POST /callbacks/a/b/c HTTP/1.1\r\nHost: a\r\nContent-Length: 1",),
    "texts": ("Nguyễn Văn Ví Dụ".encode(), b"a\x1b[0m\xff"),
}
