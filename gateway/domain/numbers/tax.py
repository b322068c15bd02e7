"""Tax codes: of ten digits with a check digit, of branches, of persons."""

from __future__ import annotations

import re

from gateway.domain.numbers.identified import Identified, Kind, says_none
from gateway.domain.text import capitals

_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_CODE = re.compile(r"(\d{10})(?:-?(\d{3}))?", re.ASCII)
_PERSONAL = re.compile(r"\d{12}", re.ASCII)
#: Blanks and dots are how people part digits.
_PARTED = re.compile(r"[\s.]+")


def tax_code(text: str) -> Identified:
    """A tax code; of a person it is the personal number, which has no check digit."""
    if says_none(text):
        return Identified(text, "", Kind.NONE, ("number_says_none",))
    clean = _PARTED.sub("", capitals(text))
    if _PERSONAL.fullmatch(clean):
        return Identified(text, clean, Kind.CCCD)
    found = _CODE.fullmatch(clean)
    if found is None:
        return Identified(text, clean, Kind.OTHER, ("tax_code_form",))
    own, branch = found.groups()
    warnings = () if has_check_digit(own) else ("tax_code_check_digit",)
    if branch is None:
        return Identified(text, own, Kind.TAX_CODE, warnings)
    if branch == "000":
        warnings = (*warnings, "tax_code_branch_zero")
    return Identified(text, f"{own}-{branch}", Kind.BRANCH_TAX_CODE, warnings)


def has_check_digit(ten: str) -> bool:
    """Whether the tenth digit follows from the nine before it."""
    if not ten[2:9].strip("0"):
        return False
    total = sum(w * int(digit) for w, digit in zip(_WEIGHTS, ten[:9], strict=True))
    return int(ten[9]) == 10 - total % 11
