"""What a document must fulfil before it is accepted; all wrong fields at once."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from unicodedata import is_normalized

from gateway.domain.errors import DossierInvalid, FieldError
from gateway.domain.identifiers import number_day
from gateway.domain.json_text import canonical_json
from gateway.domain.legal_day import legal_day
from gateway.domain.text import from_tcvn3, looks_like_tcvn3, nfc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gateway.domain.procedure import Procedure
    from gateway.ports.schemas import SchemaCatalogue
    from gateway.routing.catalogue import Catalogue

DOSSIER_SCHEMA = "urn:lienthong:schema:dossier:1"


def as_text(document: Mapping[str, Any]) -> str:
    """A document as JSON, the same for the same content in any field order."""
    return canonical_json(document).decode()


def normalised(document: dict[str, Any]) -> dict[str, Any]:
    """The document in NFC; TCVN3 is converted where the sender names it."""
    return composed(document)[0]


def composed(document: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The same, and its text."""
    if document.get("encoding") == "TCVN3":
        converted: dict[str, Any] = _mapped(document, from_tcvn3)
        return converted, as_text(converted)
    text = as_text(document)
    # Parts of a composed text are composed, and most documents come composed.
    if is_normalized("NFC", text):
        return document, text
    plain: dict[str, Any] = _mapped(document, nfc)
    return plain, as_text(plain)


#: Bytes in base64 and codes are no text to be converted.
_NOT_TEXT = frozenset({"content", "sha256", "encoding", "media_type", "part"})


#: Characters that may tell TCVN3; whether they do, the letters beside them say.
_MAYBE_TCVN3 = re.compile(
    f"[{''.join(c for c in map(chr, range(128, 256)) if looks_like_tcvn3('a' + c))}]"
)


def doubt(document: Mapping[str, Any], text: str) -> str | None:
    """Code of the reason why a document may not leave yet; never guessed away."""
    if document.get("encoding") or not _MAYBE_TCVN3.search(text):
        return None
    suspect = any(map(looks_like_tcvn3, _texts(document)))
    return "text_encoding_unknown" if suspect else None


def _texts(value: Any) -> Iterable[str]:
    """Every text of a document that people wrote."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in _NOT_TEXT:
                yield from _texts(item)


def _mapped(value: Any, turn: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return turn(value) if not value.isascii() else value
    if isinstance(value, list):
        return [_mapped(item, turn) for item in value]
    if isinstance(value, dict):
        return {
            key: item if key in _NOT_TEXT else _mapped(item, turn)
            for key, item in value.items()
        }
    return value


def procedure_for(
    catalogue: Catalogue,
    schemas: SchemaCatalogue,
    document: dict[str, Any],
    *,
    now: datetime,
    is_loaded: bool = False,
) -> Procedure:
    """The procedure version that the dossier runs under, all fields checked.

    ``is_loaded``: it is under way already, so that what its first message would
    need may be missing.

    Raises:
        DossierInvalid: with every wrong field, Vietnamese and English.
    """
    wrong = list(schemas.errors(DOSSIER_SCHEMA, document))
    if not isinstance(document, dict):
        raise DossierInvalid(tuple(wrong))
    today = legal_day(now)
    wrong += _number_errors(str(document.get("number", "")), today)
    procedure = None
    if isinstance(document.get("procedure"), str):
        day = _received_on(document) or today
        procedure = catalogue.version_on(document["procedure"], day)
        if procedure is None:
            wrong.append(_procedure_error(catalogue, document["procedure"], day))
        else:
            extra = catalogue.schemas.get((procedure.code, procedure.version), "")
            wanted = extra and not is_loaded
            wrong += schemas.errors(extra, document) if wanted else ()
    if wrong or procedure is None:
        raise DossierInvalid(tuple(dict.fromkeys(wrong)))
    return procedure


def _received_on(document: dict[str, Any]) -> date | None:
    try:
        moment = datetime.fromisoformat(str(document["received_at"]))
        return legal_day(moment) if moment.tzinfo else moment.date()
    except (KeyError, ValueError, OverflowError):
        return None


def _number_errors(number: str, today: date) -> list[FieldError]:
    try:
        day = number_day(number)
    except ValueError:
        return [
            FieldError(
                "/number",
                "number_day_impossible",
                "Phần ngày trong mã hồ sơ (YYMMDD) không phải là ngày có thật.",
                "The date part of the dossier code (YYMMDD) is not a real day.",
            )
        ]
    if day is not None and day > today:
        return [
            FieldError(
                "/number",
                "number_day_in_future",
                "Phần ngày trong mã hồ sơ nằm ở tương lai.",
                "The date part of the dossier code lies in the future.",
            )
        ]
    return []


def _procedure_error(catalogue: Catalogue, code: str, day: date) -> FieldError:
    if catalogue.find(code):
        return FieldError(
            "/procedure",
            "procedure_not_in_force",
            f"Thủ tục này không có phiên bản hiệu lực vào ngày {day:%d/%m/%Y}.",
            f"This procedure has no version in force on {day.isoformat()}.",
        )
    return FieldError(
        "/procedure",
        "procedure_unknown",
        "Mã thủ tục hành chính chưa được khai báo trong cổng liên thông.",
        "This procedure code is not configured in the gateway.",
    )
