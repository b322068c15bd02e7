"""Codes of dossiers and of procedures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.domain.identifiers import MAX_NUMBER_CHARS, number_day
from gateway.domain.numbers.identified import Identified, Kind
from gateway.domain.text import capitals, tidy

if TYPE_CHECKING:
    from datetime import date

_BESIDE = re.compile(r"\s*([.-])\s*")
#: A national code inside a longer one: what follows names the province.
_NATIONAL = re.compile(r"(?<![\d.])(\d\.\d{6})(?!\d)", re.ASCII)
#: Ministries count: the first two digits name the ministry.
_COUNTED = re.compile(r"\d{6,7}", re.ASCII)


def dossier_code(text: str, today: date | None = None) -> Identified:
    """A dossier code in either order of its unit; the agency is not read out of it."""
    normal = _BESIDE.sub(r"\1", capitals(text))
    if _COUNTED.fullmatch(normal):
        return Identified(text, normal, Kind.DOSSIER)
    if len(normal) > MAX_NUMBER_CHARS:
        return Identified(text, normal, Kind.OTHER, ("number_too_long",))
    try:
        day = number_day(normal)
    except ValueError:
        return Identified(text, normal, Kind.OTHER, ("number_day_impossible",))
    if day is None:
        return Identified(text, normal, Kind.OTHER, ("number_form_unknown",))
    is_early = today is not None and day > today
    warnings = ("number_day_in_future",) if is_early else ()
    return Identified(text, normal, Kind.DOSSIER, warnings)


def procedure_code(text: str) -> Identified:
    """A procedure code; ``normal`` is the national part where there is one."""
    clean = _BESIDE.sub(r"\1", tidy(text))
    found = _NATIONAL.findall(clean)
    if len(set(found)) == 1:
        return Identified(text, found[0], Kind.PROCEDURE)
    warnings = ("procedure_code_local",) if not found else ("procedure_codes_several",)
    return Identified(text, clean, Kind.LOCAL_PROCEDURE, warnings)
