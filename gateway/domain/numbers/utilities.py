"""Customer numbers of electricity and water companies."""

from __future__ import annotations

import re

from gateway.domain.numbers.identified import Identified, Kind, says_none
from gateway.domain.text import capitals

#: Two letters name the power corporation, then eleven digits.
_ELECTRICITY = re.compile(r"[A-Z]{2}\d{11}", re.ASCII)
_PARTED = re.compile(r"[\s.-]+")


def electricity_customer(text: str) -> Identified:
    """A customer code of thirteen characters; a new connection has none yet."""
    if says_none(text):
        return Identified(text, "", Kind.NONE, ("customer_stands_in",))
    clean = _PARTED.sub("", capitals(text))
    if not clean:
        return Identified(text, "", Kind.NONE)
    if _ELECTRICITY.fullmatch(clean):
        return Identified(text, clean, Kind.ELECTRICITY_CUSTOMER)
    return Identified(text, clean, Kind.OTHER, ("electricity_customer_form",))


def water_customer(text: str) -> Identified:
    """A *danh bộ*: every company has a form of its own, so that nothing is checked.

    Two are the same only within one company.
    """
    if says_none(text):
        return Identified(text, "", Kind.NONE, ("customer_stands_in",))
    clean = "".join(capitals(text).split())
    return Identified(text, clean, Kind.WATER_CUSTOMER if clean else Kind.NONE)
