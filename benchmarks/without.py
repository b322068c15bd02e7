"""The shipped gateway or mock of tax with one part taken out, for a benchmark only.

``python -m benchmarks.without PART serve|profiled|mock …``; nothing that ships can do
this. What is taken out is replaced by what hands its input on; everybody who imported
it gets the replacement, so it has to be done before anything starts.
"""

from __future__ import annotations

import importlib
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import profiled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from lxml import etree

    from gateway.domain.journal import JournalLine
    from gateway.store.database import Database
    from gateway.validation.certificates import RegisteredCertificate, SigningKey
    from gateway.validation.xml_signature import SignedRow, SignedShape

#: What can be taken out of a gateway; ``nothing`` is the shipped one.
PARTS = ("nothing", "xsd", "signing", "verification", "encryption", "journal")
#: All that a gateway loads late, which must be there to be replaced.
_LATE = (
    "gateway.wiring.serve",
    "gateway.adapters.tax.making",
    "gateway.adapters.land_registry.making",
)
#: What stands where a seal does; no receiver but a mock without its check takes it.
NO_SEAL = "e30..AA"
_UNLIMITED = 1_000_000


class _Plain:
    """In the place of a cipher; what was really sealed does not open with it."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def encrypt(self, nonce: bytes, plain: bytes, bound: bytes) -> bytes:  # noqa: ARG002
        return plain

    decrypt = encrypt


def _unproved(
    root: etree._Element,
    *,
    certificates: Sequence[RegisteredCertificate],
    at: datetime,  # noqa: ARG001  of the function that this replaces
    shape: SignedShape,
) -> SignedRow:
    """The ROW as it came, and the first certificate."""
    from gateway.validation.xml_signature import SignedRow  # noqa: PLC0415  late as all

    (row,) = root.findall(f"{shape.tag(shape.body)}/{shape.tag(shape.row)}")
    return SignedRow(b"", row, certificates[0])


def _no_seal(payload: bytes, key: SigningKey, *, kid: str | None = None) -> str:  # noqa: ARG001
    return NO_SEAL


def _unsigned(document: bytes, *, key: SigningKey, shape: SignedShape) -> bytes:  # noqa: ARG001
    return document


def _no_faults(_schema: object, _element: object) -> list[Any]:
    return []


def _no_lines(_db: Database, _chain: str, _lines: Sequence[JournalLine]) -> None:
    return None


def _no_lines_of_one(
    _db: Database, _dossier: str, _lines: Sequence[JournalLine]
) -> None:
    return None


def _same_head(
    _db: Database,
    _dossier: str,
    _sender: str,
    position: int,
    digest: bytes,
    _lines: Sequence[JournalLine],
) -> tuple[int, bytes]:
    return position, digest


def take_out(part: str) -> None:
    """Replace a part of the gateway in this process.

    Raises:
        KeyError: there is no such part.
    """
    for name in _LATE:
        importlib.import_module(name)
    for module, name, instead in _REPLACED[part]:
        _replace(module, name, instead)


def _replace(module: str, name: str, instead: Any) -> None:
    """Wherever it was imported to; a method is replaced in its class.

    Raises:
        AttributeError: it is not there any more.
    """
    home: Any = importlib.import_module(module)
    owner, _, own = name.rpartition(".")
    if owner:
        home = getattr(home, owner)
    original = getattr(home, own)
    setattr(home, own, instead)
    for other in [*sys.modules.values()] if not owner else ():
        if getattr(other, "__name__", "").startswith("gateway."):
            for known, value in [*vars(other).items()]:
                if value is original:
                    setattr(other, known, instead)


async def _of_any_size(value: Any, **_limits: object) -> Any:
    """What is sent, however long it is."""
    from gateway.carriers.bodies import StreamedBody  # noqa: PLC0415  late as all
    from gateway.carriers.json_files import body_of  # noqa: PLC0415

    body = await body_of(value)
    content = body.content
    if isinstance(content, bytes):
        return content
    return StreamedBody(body.length, content)


#: Bytes of one file; what ships refuses more than 200 MiB.
_ANY_SIZE = 1 << 40
_REPLACED: dict[str, tuple[tuple[str, str, Any], ...]] = {
    "nothing": (),
    "size_limits": (
        ("gateway.api.handing_in", "MAX_ATTACHMENT_BYTES", _ANY_SIZE),
        ("gateway.carriers.json_files", "request_body", _of_any_size),
    ),
    "xsd": (("gateway.validation.xsd", "XSDSchema.check", _no_faults),),
    "signing": (
        ("gateway.validation.seal", "make_seal", _no_seal),
        ("gateway.validation.xml_signature", "sign", _unsigned),
    ),
    "verification": (("gateway.validation.xml_signature", "verify_parsed", _unproved),),
    "encryption": (("gateway.vault.local", "AESGCM", _Plain),),
    "journal": (
        ("gateway.store.chains", "append", _no_lines),
        ("gateway.store.chains", "append_to_dossier", _no_lines_of_one),
        ("gateway.store.chains", "dossier_chain", _same_head),
    ),
}


def open_counter(part: str) -> None:
    """Let the mock of tax take as many calls as come; without seals, take those too."""
    from gateway.adapters.tax import mock_counter, mock_limits  # noqa: PLC0415, F401

    mock_limits.PER_SECOND = mock_limits.AT_A_TIME = _UNLIMITED
    mock_limits._EACH = timedelta(0)  # noqa: SLF001  a limit that its document fixes
    if part == "signing":
        _replace("gateway.adapters.tax.mock_signatures", "check_seal", _believed)


def _believed(*_: object) -> None:
    return None


def main() -> None:
    """Take the part out, then be what was asked for."""
    part, what, *rest = sys.argv[1:]
    sys.argv[1:] = rest
    _ROLES[what](part, rest)


def _serve(part: str, rest: list[str]) -> None:
    take_out(part)
    from gateway.wiring.process import run  # noqa: PLC0415  what was replaced, replaced

    run(Path(rest[rest.index("--settings") + 1]))


def _profiled(part: str, _rest: list[str]) -> None:
    take_out(part)
    profiled.main()


def _mock(part: str, _rest: list[str]) -> None:
    open_counter(part)
    from gateway.mockagency.running import main as mock  # noqa: PLC0415  a mock only

    mock()


_ROLES: dict[str, Callable[[str, list[str]], None]] = {
    "serve": _serve,
    "profiled": _profiled,
    "mock": _mock,
}

if __name__ == "__main__":
    main()
