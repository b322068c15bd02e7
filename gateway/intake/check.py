"""What a document must fulfil before it is accepted; all wrong fields at once."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.errors import DossierInvalid, FieldError
from gateway.domain.identifiers import number_day
from gateway.domain.legal_day import legal_day

if TYPE_CHECKING:
    from gateway.domain.procedure import Procedure
    from gateway.ports.schemas import SchemaCatalogue
    from gateway.routing.catalogue import Catalogue

DOSSIER_SCHEMA = "urn:lienthong:schema:dossier:1"


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
