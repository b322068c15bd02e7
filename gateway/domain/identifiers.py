"""The kinds of identifier, each its own type, so that none passes for another."""

import re
from datetime import date
from typing import NewType

DossierId = NewType("DossierId", str)
"""Ours, random; the only dossier identifier that may stand in a URL we print."""
DossierNumber = NewType("DossierNumber", str)
"""Mã hồ sơ, assigned by the one-stop; a personal value, kept in the vault."""
TransferId = NewType("TransferId", str)
ReportId = NewType("ReportId", str)
PayloadId = NewType("PayloadId", str)
AttachmentId = NewType("AttachmentId", str)
AgencyId = NewType("AgencyId", str)
"""Folder name of the adapter, such as ``land_registry``."""
OfficeId = NewType("OfficeId", str)
"""One concrete office of an agency; also the name of its lane."""
MessageKind = NewType("MessageKind", str)
"""Kind of message that goes to an agency, such as ``hand_over``."""
PrincipalId = NewType("PrincipalId", str)

_NUMBER = re.compile(
    r"^[A-Z0-9]{1,3}(\.[A-Z0-9]{1,4}){0,7}-(\d{2})(\d{2})(\d{2})-\d{4,7}$"
)
MAX_NUMBER_CHARS = 50


def number_day(number: str) -> date | None:
    """Day inside a dossier code (``…-YYMMDD-NNNN``), or None when it has no such form.

    Raises:
        ValueError: the form is right but the day does not exist.
    """
    match = _NUMBER.match(number)
    if match is None or len(number) > MAX_NUMBER_CHARS:
        return None
    year, month, day = (int(match.group(i)) for i in (2, 3, 4))
    return date(2000 + year, month, day)
