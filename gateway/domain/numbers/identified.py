"""What is made of a number that somebody wrote."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.text import fold, tidy

#: What people write into a field that must not be empty.
_SAYS_NONE = frozenset(
    {
        *("khong", "khong co", "khong co so", "chua co", "chua cap", "chua duoc cap"),
        *("khong ro", "chua ro", "n/a", "na", "none", "null", "nil"),
        *("-", "--", "---", ".", "...", "?", "x", "xx", "xxx"),
    }
)


class Kind(StrEnum):
    """What a number turned out to be."""

    DOSSIER = "dossier"
    PROCEDURE = "procedure"
    LOCAL_PROCEDURE = "local_procedure"
    AGENCY = "agency"
    ENTERPRISE = "enterprise"
    OTHER_BODY = "other_body"
    CCCD = "cccd"
    CMND = "cmnd"
    PASSPORT = "passport"
    TAX_CODE = "tax_code"
    BRANCH_TAX_CODE = "branch_tax_code"
    CERTIFICATE = "certificate"
    ELECTRICITY_CUSTOMER = "electricity_customer"
    WATER_CUSTOMER = "water_customer"
    MOBILE = "mobile"
    LANDLINE = "landline"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    #: says that there is none
    NONE = "none"
    #: nobody can tell
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Identified:
    """A number beside what it is compared by; the original is what is passed on."""

    original: str
    normal: str
    kind: Kind
    warnings: tuple[str, ...] = ()
    #: codes of ``gateway.domain.numbers.warnings``


def says_none(text: str) -> bool:
    """Whether a text says that there is no number; an empty one says nothing."""
    return fold(tidy(text)) in _SAYS_NONE
