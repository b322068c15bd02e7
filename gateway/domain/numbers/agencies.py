"""Electronic identifiers of agencies, in the order of either regulation.

QĐ 20/2020/QĐ-TTg writes the highest level first (``H00.20.01``), QCVN 102:2016 last
and fills up with zeros (``000.01.20.H00``). Enterprises are known by their number.
"""

from __future__ import annotations

import re

from gateway.domain.numbers.identified import Identified, Kind
from gateway.domain.numbers.tax import tax_code
from gateway.domain.text import capitals

#: QĐ 20/2020/QĐ-TTg, art. 6.
MAX_CHARS = 35
_HIGHEST = re.compile(r"[A-Y]\d\d", re.ASCII)
_GROUPS = re.compile(r"[0-9A-Z]+(?:\.[0-9A-Z]+)*")
_OTHER_BODY = re.compile(r"Z\d\d[0-9A-Z]{1,32}", re.ASCII)
_ZEROS = re.compile(r"0+")


def agency_identifier(text: str) -> Identified:
    """An identifier with the highest level first and without groups of zeros."""
    clean = "".join(capitals(text).split())
    if len(clean) > MAX_CHARS:
        return Identified(text, clean, Kind.OTHER, ("agency_too_long",))
    if _OTHER_BODY.fullmatch(clean):
        return Identified(text, clean, Kind.OTHER_BODY)
    as_enterprise = tax_code(clean)
    if as_enterprise.kind in {Kind.TAX_CODE, Kind.BRANCH_TAX_CODE}:
        normal, warnings = as_enterprise.normal, as_enterprise.warnings
        return Identified(text, normal, Kind.ENTERPRISE, warnings)
    groups = clean.split(".")
    places = [i for i, group in enumerate(groups) if _HIGHEST.fullmatch(group)]
    if not _GROUPS.fullmatch(clean) or not {0, len(groups) - 1} & set(places):
        return Identified(text, clean, Kind.OTHER, ("agency_form_unknown",))
    if 0 in places and len(groups) - 1 in places and len(groups) > 1:
        return Identified(text, clean, Kind.OTHER, ("agency_order_unclear",))
    below = groups[1:] if 0 in places else groups[-2::-1]
    highest = groups[0] if 0 in places else groups[-1]
    named = [group for group in below if not _ZEROS.fullmatch(group)]
    return Identified(text, ".".join([highest, *named]), Kind.AGENCY)


def is_same_agency(one: str, other: str) -> bool:
    """Whether two writings name the same agency."""
    return agency_identifier(one).normal == agency_identifier(other).normal
