"""Serial numbers of land certificates."""

from __future__ import annotations

import re

from gateway.domain.numbers.identified import Identified, Kind
from gateway.domain.text import capitals, fold

#: One or two letters and six or eight digits; whatever stands before them is glued on.
_SERIAL = re.compile(
    r"(.*?)([A-ZĐ]{1,2})\s?[-.]?\s?(\d{6}|\d{8})", re.DOTALL | re.ASCII
)
_STANDS_IN = re.compile(
    r"chua\s*co\s*giay.*|chuacogiay_.*|n/?a|khong(?: co)?", re.DOTALL
)
_HEADING = frozenset({"so", "seri", "serial", "so seri", "so phat hanh"})


def certificate_serial(text: str) -> Identified:
    """A serial as two letters and digits together; no check digit exists."""
    clean = capitals(text)
    if not clean:
        return Identified(text, "", Kind.NONE)
    if _STANDS_IN.fullmatch(fold(clean)):
        return Identified(text, "", Kind.NONE, ("serial_stands_in",))
    found = _SERIAL.fullmatch(clean)
    if found is None:
        return Identified(text, clean, Kind.OTHER, ("serial_form",))
    before, letters, digits = found.groups()
    normal = letters + digits
    heading = fold(before).strip().removesuffix(":").rstrip()
    is_apart = not before or before[-1] == ":" or before[-1].isspace()
    if is_apart and (not heading or heading in _HEADING):
        return Identified(text, normal, Kind.CERTIFICATE)
    return Identified(text, clean, Kind.OTHER, ("serial_glued",))
