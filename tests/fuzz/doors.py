"""What comes in at the gateway's own doors: bodies, files, tokens, lists of people."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import tempfile
import zlib
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import JoseError
from multidict import CIMultiDict

from gateway.api import oauth, peers, saved_views, signed
from gateway.api.multipart import read_form, read_in_memory
from gateway.carriers import calling, envelope, lgsp, xroad_adapter
from gateway.carriers.http import HTTPAnswer
from gateway.carriers.line import Dated, Line
from gateway.carriers.logins import grant_of
from gateway.carriers.oidc import OpenIDConnect
from gateway.carriers.replies import seconds_asked
from gateway.carriers.tokens import LoginFailed
from gateway.console import calendar_change, configuration_change
from gateway.disk.archives import packed
from gateway.domain import paper_forms
from gateway.domain.asked import asked_of
from gateway.domain.attempt import Times
from gateway.domain.errors import SenderError
from gateway.domain.identifiers import AttachmentId
from gateway.domain.relay_table import read as read_table
from gateway.paper import word
from gateway.paper.sample import sample
from gateway.ports.attachments import OURS, FileSource, StoredAttachment
from gateway.ports.sheets import Sheet, Table
from gateway.reconciling.kinds import Side
from gateway.reconciling.mapping import load, load_one
from gateway.reconciling.one_list import read_one
from gateway.reconciling.open_list import Common, read_open_list
from gateway.relay.pairs import key_hash
from gateway.reports.one_stop_sheet import rows_of
from gateway.sheets import cells
from gateway.sheets.forms import Form, form_of, prove_sizes
from gateway.sheets.spreadsheets import FileSpreadsheets
from gateway.validation.assertion import claims_of, is_of_now
from gateway.validation.certificates import RegisteredCertificate
from gateway.validation.timestamps import StampWrong, checked_stamp
from gateway.validation.webhook import holds
from gateway.wiring import candidates
from tests.fuzz import kept
from tests.fuzz.target import Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

MOST_ROWS = 1_000


def sheet(data: bytes) -> None:
    """A spreadsheet, as far as our own code reads it.

    Its cells are read by native code that ends its process where it asks for more than
    there is: what becomes of that is ``spreadsheet``'s.
    """
    with suppress(SenderError):
        form = form_of(data)
        if form is Form.CSV:
            cells.read(data, MOST_ROWS)
        elif form is Form.XLSX:
            prove_sizes(data)
            list(cells._beneath(data, ["Trang1", "Bảng"]))


def spreadsheet(data: bytes) -> None:
    """The same in its process, whole."""
    with suppress(SenderError):
        FileSpreadsheets().read(data, max_rows=MOST_ROWS)


def _table(data: bytes) -> Table | None:
    with suppress(SenderError):
        if form_of(data) is Form.CSV:
            found = cells.read(data, MOST_ROWS)
            parts = tuple(Sheet(**one) for one in found["sheets"])
            return Table(parts, tuple(found["hidden"]))
    return None


def table(data: bytes) -> None:
    """A list of an office, read for what it says of dossiers."""
    found = _table(data)
    if found is None:
        return
    common = Common("H00.01", "land", "1.999001")
    for read in (read_one, rows_of, lambda one: read_open_list(one, common)):
        with suppress(SenderError):
            read(found)


def mapping(data: bytes) -> None:
    """How a list's columns are to be read, as a person wrote it."""
    text = data.decode("utf-8", "replace")
    with suppress(SenderError):
        load(text)
    with suppress(SenderError):
        load_one(text, Side.THEIRS)


def calendar_file(data: bytes) -> None:
    """A year of the calendar, as a page takes it."""
    with suppress(SenderError):
        calendar_change._read(data.decode("utf-8", "replace"))


class _Shelf:
    """Reads a file to its end and keeps nothing."""

    async def put(
        self, chunks: AsyncIterator[bytes], *, limit_bytes: int, source: FileSource
    ) -> StoredAttachment:
        seen = sha256()
        size = 0
        async for piece in chunks:
            seen.update(piece)
            size += len(piece)
        return StoredAttachment(AttachmentId("a"), "a", size, seen.hexdigest(), b"")


#: It tells of every byte that does not fit.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


def multipart(data: bytes) -> None:
    """A form with files: its kind in the first line, the body behind it."""
    head, _, body = data.partition(b"\n")
    kind = head.decode("latin-1")

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 37):
            yield body[at : at + 37]

    async def read() -> None:
        with suppress(SenderError):
            await read_in_memory(pieces(), kind, frozenset({"file", "dossier"}))
        with suppress(SenderError):
            await read_form(
                *(pieces(), kind, _Shelf()),  # type: ignore[arg-type]
                limit_bytes=10_000,
                admit=lambda _: OURS,
            )

    asyncio.run(read())


def assertion(data: bytes) -> None:
    """By what a client proves itself."""
    text = data.decode("latin-1")
    public = kept.CURVE.as_pem(private=False).decode()
    oauth._subject(text)
    claims_of(text, [public])
    with suppress(oauth._Refused):
        oauth._basic(text)


def claims(data: bytes) -> None:
    """What a client that holds its key says of itself."""
    with suppress(ValueError, RecursionError):
        said = json.loads(data)
        if isinstance(said, dict):
            is_of_now(said, "x", audiences={"y"}, now=kept.NOW)


def identity_token(data: bytes) -> None:
    """What the province's sign-in says of a person."""
    with suppress(JoseError, ValueError):
        OpenIDConnect._verified(data.decode("latin-1"), kept.key_set())


def timestamp(data: bytes) -> None:
    """The answer of a timestamp service."""
    with suppress(StampWrong):
        checked_stamp(data, b"x", kept.pair().certificate_pem)


def token_answer(data: bytes) -> None:
    """The answer to a log-in, of an office or a platform; the first byte is its status."""
    status = (200, 400, 401, 403, 429, 500, 503)[data[0] % 7] if data else 200
    answer = HTTPAnswer(status, CIMultiDict(), data[1:], Times())
    with suppress(LoginFailed):
        grant_of(answer, kept.NOW)


def platform_fault(data: bytes) -> None:
    """What a platform says instead of an office."""
    lgsp.fault_of(data)
    xroad_adapter._error(data)


def waiting_time(data: bytes) -> None:
    """Headers that tell a time."""
    text = data.decode("latin-1")
    found = seconds_asked(text, kept.NOW, date=text)
    assert found is None or 0 <= found <= 86_400
    shown = Dated(text, kept.NOW.timestamp())
    calling.dated(Line("h", 1, dated=lambda: shown), 0.0)


def sealed_file(data: bytes) -> None:
    """An envelope for us alone."""
    own = kept.pair()
    der = own.certificate.der
    with suppress(envelope.EnvelopeRefused):
        envelope.opened(data, [(der, own.signs.private_key)])
    envelope.whole_length(data[: envelope.HEAD_BYTES])


def certificate(data: bytes) -> None:
    """A certificate that somebody shows or registers."""
    with suppress(ValueError):
        RegisteredCertificate.from_pem(data)
    with suppress(ValueError):
        key_hash(data)
    peers._hex(data.decode("latin-1"))


def signed_body(data: bytes) -> None:
    """A callback with its signature inside."""
    payload, claim = signed.opened(data, {"webhook-signature": "v1,AAAA"})
    if claim is not None:
        holds(claim.signatures, payload, shared=["whsec_AAAA"], public=["whpk_AAAA"])


def configuration(data: bytes) -> None:
    """A configuration that an administrator hands in."""
    for read in (lambda: list(candidates._files(data)), lambda: candidates._json(data)):
        with suppress(ValueError):
            read()
    with suppress(SenderError):
        configuration_change.unpacked(base64.b64encode(data).decode())


def relay_table(data: bytes) -> None:
    """What a relay is given."""
    with suppress(ValueError):
        read_table(data)


def address(data: bytes) -> None:
    """An address with a query."""
    text = data.decode("utf-8", "replace")
    for page in saved_views.FILTERS:
        with suppress(SenderError):
            saved_views._query(page, text)
    with suppress(ValueError):
        asked_of("GET", text, {"x": text})


def template(data: bytes) -> None:
    """A Word template of a province."""
    path = _room() / "mau.docx"
    path.write_bytes(data)
    word.faults(paper_forms.Form.APOLOGY, path, sample(paper_forms.Form.APOLOGY))


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="lienthong-fuzz-")


def _room() -> Path:
    return Path(_folder().name)


FORM = (
    b"multipart/form-data; boundary=ranh\n--ranh\r\n"
    b'Content-Disposition: form-data; name="dossier"\r\n\r\n{}\r\n--ranh\r\n'
    b'Content-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
    b"Content-Type: application/pdf\r\n\r\n%PDF-1.4\r\n--ranh--\r\n"
)
MAPPING = """[theirs]
name = "Cơ quan"
[theirs.columns]
code = "Mã hồ sơ"
status = "Tình trạng"
[theirs.status]
"Đang xử lý" = "open"
"""


def _told(**said: Any) -> dict[str, Any]:
    ends = int(kept.NOW.timestamp()) + 300
    return {"iss": "x", "sub": "x", "aud": ["y"], "exp": ends, "jti": "j", **said}


def _jwt(**said: Any) -> bytes:
    head = {"alg": "ES256", "kid": kept.CURVE.kid}
    told = _told(**said)
    return jwt.encode(head, told, kept.CURVE, algorithms=["ES256"]).encode()


def _envelope() -> bytes:
    return envelope.sealed(b"x", [kept.pair().certificate.der])


def _configurations() -> tuple[bytes, ...]:
    content = {"agencies/a.toml": b'[[office]]\nid = "a"\n', "platforms.toml": b""}
    plain = b'{"offices":[]}'
    return packed(content), plain, zlib.compress(plain)


def _forms() -> tuple[bytes, ...]:
    return ((word.SHIPPED / f"{paper_forms.Form.APOLOGY.value}.docx").read_bytes(),)


def _always(*seeds: bytes) -> Callable[[], tuple[bytes, ...]]:
    return lambda: seeds


_TABLE = json.dumps(
    {
        "format": "lienthong-relay-1",
        "salt": "00" * 16,
        "made_at": "2026-03-10T07:30:00+07:00",
        "doors": {
            "agencies": [
                {
                    "name": "a",
                    "methods": ["POST"],
                    "path": "/callbacks/{}/{secret}",
                    "shown": "path",
                    "hashes": ["0" * 64],
                }
            ]
        },
    }
).encode()

TARGETS: dict[str, Target] = {
    feed.__name__.replace("_", "-"): Target(feed, seeds)
    for feed, seeds in (
        (sheet, kept.sheets),
        (spreadsheet, kept.sheets),
        (table, kept.sheets),
        (mapping, _always(MAPPING.encode())),
        (
            calendar_file,
            lambda: ((kept.ROOT / "config/calendar/2026.toml").read_bytes(),),
        ),
        (multipart, _always(FORM)),
        (assertion, lambda: (_jwt(), b"Basic YTpi", b"a.eyJzdWIiOiJhIn0.c")),
        (claims, _always(json.dumps(_told()).encode())),
        (identity_token, lambda: (_jwt(), _jwt(nonce="n", groups=["a"]))),
        (timestamp, _always(b"0\x03\x02\x01\x02", b"0\x82\x00\x10" + bytes(16))),
        (
            platform_fault,
            _always(
                b'{"fault":{"code":900901,"message":"a","type":"Status report"}}',
                b'{"type":"Server.ServerProxy.NetworkError","message":"Connect to "}',
            ),
        ),
        (waiting_time, _always(b"120", b"Tue, 10 Mar 2026 07:30:00 GMT")),
        (sealed_file, lambda: (_envelope(),)),
        (
            certificate,
            lambda: (kept.pair().certificate_pem, kept.pair().certificate.der),
        ),
        (
            signed_body,
            _always(
                b'{"id":"a","timestamp":"1773102600","payload":"e30=","signature":"v1a,AA=="}'
            ),
        ),
        (configuration, _configurations),
        (relay_table, _always(_TABLE)),
        (address, _always(b"?from=2026-03-01&state=parked", b"https://a:b@c/d?e=f")),
        (template, _forms),
    )
}
TARGETS["token-answer"] = Target(
    token_answer, _always(b'\x00{"access_token":"a","expires_in":"3600"}'), 1
)
