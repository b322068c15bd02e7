"""Each decoder of strangers' bytes as a function of bytes, and the errors that it may name.

Whatever else it raises is a fault. ``python -m tests.fuzz`` feeds them under a fuzzer
that is led by coverage; ``test_crashes.py`` feeds what was found before, and seeds.
Which function of the gateway is fed by which target, ``decoders.toml`` says.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from gateway.adapters.tax.portal_notices import FileUnreadable, parts_of
from gateway.adapters.water.tables import FileRefused
from gateway.api.bodies import as_object, trouble_of, without_nulls
from gateway.disk.archives import ArchiveRefused, packed, read_stored, stored, unpacked
from gateway.domain.errors import GatewayError
from gateway.domain.text import as_download, fold, nfc, normal_number, visible, words
from gateway.recording.anonymise import anonymised
from gateway.recording.exchange import NoExchange, exchanges
from gateway.recording.rules import Rules, read
from gateway.relay.head import read_head, segments
from gateway.relay.refusing import Refused
from gateway.sheets.comma_text import rows_of, text_of
from gateway.validation.evidence_package import NotWhole, Trust, check
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.validation.seal import SealRefused, make_seal, verify_seal
from gateway.validation.xml import XMLRefused, parse
from gateway.validation.xml_signature import SignatureRefused, SignedShape, sign, verify
from gateway.validation.xsd import XSDSchema
from tests.fuzz import agencies, doors, further, kept
from tests.fuzz.kept import NAMESPACE, NOW, NUMBER, ROOT
from tests.fuzz.target import Target
from tests.unit.adapters.water import published

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SHAPE = SignedShape(NAMESPACE)
MOST = 1024 * 1024
SAMPLES = ROOT / "schemas" / "agencies"
#: Samples larger than this are files inside messages.
MOST_SAMPLE = 64 * 1024


def json_body(data: bytes) -> None:
    """A body of the API."""
    trouble_of(data)
    with suppress(GatewayError):
        without_nulls(as_object(data))


def dossier(data: bytes) -> None:
    """A dossier, held against its schema."""
    with suppress(GatewayError):
        schemas().errors("urn:lienthong:schema:dossier:1", as_object(data))


def xml_document(data: bytes) -> None:
    """Any XML."""
    with suppress(XMLRefused):
        parse(data)


def signed_document(data: bytes) -> None:
    """A slip, or an answer of tax."""
    with suppress(XMLRefused, SignatureRefused):
        own = kept.pair().certificate
        found = verify(data, certificates=(own,), at=NOW, shape=SHAPE)
        assert NUMBER.encode() in found.canonical


def tax_document(data: bytes) -> None:
    """A document of tax, held against its schema."""
    with suppress(XMLRefused):
        _xsd().check(parse(data).root)


@cache
def _xsd() -> XSDSchema:
    return XSDSchema(SAMPLES / "tax" / "tct.xsd")


def seal(data: bytes) -> None:
    """A JWS over a message."""
    text, _, payload = data.partition(b"\n")
    own = kept.pair()
    known = {own.signs.kid: own.certificate}
    with suppress(SealRefused):
        verify_seal(text.decode("latin-1"), payload, certificates=known, at=NOW)


def notices(data: bytes) -> None:
    """A file of notices from the portal."""
    with suppress(FileUnreadable, GatewayError):
        parts_of(data, adjusts=True, at=NOW, max_bytes=MOST)


def water_table(data: bytes) -> None:
    """A table of a water company."""
    with suppress(FileRefused):
        published.said_by(data)


@cache
def schemas() -> JSONSchemaCatalogue:
    """What the adapters hold messages against."""
    return JSONSchemaCatalogue.load(ROOT / "schemas")


def archive(data: bytes) -> None:
    """A zip with packages."""
    with suppress(ArchiveRefused):
        unpacked(data, max_files=100, max_bytes=MOST)


def evidence(data: bytes) -> None:
    """A package of evidence, as it came."""
    with suppress(ArchiveRefused):
        read_stored(data)
    with suppress(NotWhole):
        check(data, Trust())


def evidence_content(data: bytes) -> None:
    """The files of one, packed and signed again by who has the key."""
    with suppress(ValueError, RecursionError):
        given = json.loads(data)
        if not isinstance(given, dict) or not all(
            isinstance(one, str) and name.isascii() for name, one in given.items()
        ):
            return
        made = kept.packages()[0]
        files = {name: text.encode("utf-8", "replace") for name, text in given.items()}
        content = stored(files)
        with suppress(KeyError, TypeError):
            content = made.sealed_again({**made.files, **files})
        with suppress(NotWhole):
            check(content, Trust(keys=tuple(made.published)))


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


def recorded(data: bytes) -> None:
    """Exchanges that an agency's developer hands over."""
    with suppress(NoExchange):
        told = list(exchanges(data.decode("utf-8", "replace").splitlines()))
        anonymised(told, _rules(), bytes(32))


@cache
def _rules() -> Rules:
    folder = ROOT / "gateway/adapters/land_registry"
    return read(folder, [SAMPLES / "land_registry"])


def texts(data: bytes) -> None:
    """A name, a number, a file's name."""
    text = data.decode("utf-8", "replace")
    for one in (nfc, fold, words, normal_number, visible, as_download):
        one(text)


def _files(*patterns: str) -> Callable[[], tuple[bytes, ...]]:
    """Published samples, the small ones."""

    def found() -> Iterator[bytes]:
        for pattern in patterns:
            for path in sorted(SAMPLES.glob(pattern)):
                if path.is_file() and path.stat().st_size <= MOST_SAMPLE:
                    yield path.read_bytes()

    return lambda: tuple(found())


def _always(*seeds: bytes) -> Callable[[], tuple[bytes, ...]]:
    return lambda: seeds


SLIP = (
    f'<DATA xmlns="{NAMESPACE}"><BODY><ROW Id="phieu-1"><TT_CHUNG>'
    f"<MA_HS>{NUMBER}</MA_HS><HO_TEN>Nguyễn Văn Ví Dụ</HO_TEN>"
    "</TT_CHUNG></ROW></BODY></DATA>"
).encode()


def _slips() -> tuple[bytes, ...]:
    return (sign(SLIP, key=kept.pair().signs, shape=SHAPE), SLIP)


def _seals() -> tuple[bytes, ...]:
    return (make_seal(b"{}", kept.pair().signs).encode() + b"\n{}",)


def _archives() -> tuple[bytes, ...]:
    files = {"a.json": b'{"a":1}', "b.xml": SLIP}
    return packed(files), stored(files), b"PK\x05\x06" + bytes(18), b"PK\x03\x04"


def _evidence() -> tuple[bytes, ...]:
    return (*(one.content for one in kept.packages()), b"PK\x05\x06" + bytes(18))


def _dossiers() -> tuple[bytes, ...]:
    return tuple(
        path.read_bytes()
        for path in sorted((ROOT / "examples" / "dossiers").glob("*/dossier.json"))
    )


def _exchanges() -> tuple[bytes, ...]:
    def row(body: str, kind: str) -> bytes:
        one = {
            "n": 1,
            "at": "2026-03-10T07:30:00+07:00",
            "direction": "out",
            "method": "POST",
            "path": "/api/tiepnhan?x=1",
            "status": 200,
            "headers": {"Content-Type": kind},
            "answer_headers": {"Content-Type": kind},
            "body": body,
            "answer_body": body,
        }
        return json.dumps(one, ensure_ascii=False).encode()

    sample = (SAMPLES / "land_registry/samples/tiepnhan.json").read_text("utf-8")
    return (
        row(sample, "application/json"),
        row(SLIP.decode(), "text/xml"),
        row("MA_HO_SO;NGAY\n1;2\n", "text/csv"),
        row("a=b&c=d", "application/x-www-form-urlencoded"),
    )


_OWN: Mapping[str, Target] = {
    feed.__name__.replace("_", "-"): Target(feed, seeds)
    for feed, seeds in (
        (json_body, _always(b'{"number":"H00.01-260310-0001","a":{"b":[1]}}', b"[1]")),
        (dossier, _dossiers),
        (xml_document, _files("*/samples/*.xml")),
        (signed_document, _slips),
        (tax_document, _files("tax/samples/*.xml")),
        (seal, _seals),
        (notices, _files("tax_portal/samples/thongbaothue*.xml")),
        (water_table, _files("water/samples/**/*.csv", "water/*.csv", "water/*.xlsx")),
        (archive, _archives),
        (evidence, _evidence),
        (evidence_content, lambda: tuple(map(kept.readable, kept.packages()))),
        (comma_separated, _always(b"a;b\n1;2\n", "\ufeffSố hồ sơ,Ngày\n1,2".encode())),
        (
            relay_head,
            _always(
                b"POST /callbacks/a/b/c HTTP/1.1\r\nHost: a\r\nContent-Length: 1",
                b"GET /x?y=z HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close, te",
            ),
        ),
        (recorded, _exchanges),
        (texts, _always("Nguyễn Văn Ví Dụ".encode(), b"a\x1b[0m\xff")),
    )
}
TARGETS: Mapping[str, Target] = {
    **_OWN,
    **doors.TARGETS,
    **further.TARGETS,
    **agencies.TARGETS,
}
