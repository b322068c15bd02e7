"""Personal numbers and telephone numbers."""

from __future__ import annotations

import re

from gateway.domain.numbers.identified import Identified, Kind, says_none
from gateway.domain.text import capitals, normal_phone, tidy

#: Blanks, dots and dashes are how people part digits.
_PARTED = re.compile(r"[\s.]+|(?<=\d)-+(?=\d)")
_PASSPORT = re.compile(r"[A-Z]{1,2}\d{6,8}", re.ASCII)
#: What programs write where a person has no number.
_NO_NUMBER = re.compile(r"N/?A\b.*|0+|0{8}1", re.DOTALL)
_SHORT_BY_ZERO = (8, 11)
_SEVERAL = re.compile(r"[;,/]|\bhoặc\b|\bvà\b")
#: Digits of more than one number, however they are parted.
_TWO_PHONES = 18
_MOBILE = re.compile(r"0[35789]\d{8}")
_LANDLINE = re.compile(r"02\d{8,9}")
#: Mobile numbers had eleven digits until 2018.
_OLD_MOBILE = re.compile(r"01[2689]\d{8}")


def personal_number(
    text: str, *, birth_year: int | None = None, is_female: bool | None = None
) -> Identified:
    """A number of a CCCD (12 digits), CMND (9 digits) or passport.

    The fourth digit of twelve tells century and sex, the next two the year of birth.
    The first three name the province of registration by the list of that time and are
    checked against no list; where they are zeros, nobody was given the number, and
    the others tell nothing. No such number has a check digit.
    """
    if says_none(text):
        return Identified(text, "", Kind.NONE, ("number_says_none",))
    clean = _PARTED.sub("", capitals(text))
    if not clean.isascii() or not clean.isdigit():
        return _without_digits_only(text, clean)
    if _NO_NUMBER.fullmatch(clean):
        return Identified(text, "", Kind.NONE, ("number_stands_in",))
    if len(clean) == 9:
        return Identified(text, clean, Kind.CMND)
    if len(clean) != 12:
        lost = len(clean) in _SHORT_BY_ZERO
        code = "personal_number_lost_zero" if lost else "personal_number_length"
        return Identified(text, clean, Kind.OTHER, (code,))
    warnings = []
    century, sex = divmod(int(clean[3]), 2)
    year = 1900 + 100 * century + int(clean[4:6])
    is_given = not clean.startswith("000")
    if is_given and birth_year not in {None, year}:
        warnings.append("birth_year_differs")
    if is_given and is_female not in {None, bool(sex)}:
        warnings.append("sex_differs")
    return Identified(text, clean, Kind.CCCD, tuple(warnings))


def _without_digits_only(text: str, clean: str) -> Identified:
    if _PASSPORT.fullmatch(clean):
        return Identified(text, clean, Kind.PASSPORT)
    if not clean or _NO_NUMBER.fullmatch(clean):
        return Identified(text, "", Kind.NONE, ("number_stands_in",) if clean else ())
    return Identified(text, clean, Kind.OTHER, ("personal_number_form",))


def phone_number(text: str) -> Identified:
    """A telephone number as digits with a leading 0; of several none is chosen."""
    clean = tidy(text)
    if not clean:
        return Identified(text, "", Kind.NONE)
    several = [part for part in _SEVERAL.split(clean) if len(normal_phone(part)) > 8]
    if len(several) > 1:
        return Identified(text, clean, Kind.OTHER, ("phone_several",))
    if says_none(clean):
        return Identified(text, "", Kind.NONE, ("phone_stands_in",))
    digits = normal_phone(clean)
    if len(digits) >= _TWO_PHONES:
        return Identified(text, clean, Kind.OTHER, ("phone_several",))
    if _MOBILE.fullmatch(digits):
        return Identified(text, digits, Kind.MOBILE)
    if _OLD_MOBILE.fullmatch(digits):
        return Identified(text, digits, Kind.OTHER, ("phone_old",))
    if _LANDLINE.fullmatch(digits):
        return Identified(text, digits, Kind.LANDLINE)
    return Identified(text, digits or clean, Kind.OTHER, ("phone_form",))
