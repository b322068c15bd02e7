"""Letters of the fonts and code pages from before Unicode, read as Latin-1."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Encoding(StrEnum):
    """How text was written; the value is what a dossier's ``encoding`` says."""

    TCVN3 = "TCVN3"
    VNI = "VNI"
    WINDOWS_1258 = "Windows-1258"
    UNICODE = "Unicode"


#: TCVN3 (ABC) byte → letter, for the bytes that the font uses.
TCVN3 = dict(zip(range(0xA1, 0xAF), "ĂÂÊÔƠƯĐăâêôơưđ", strict=True)) | {
    0xB5: "à", 0xB6: "ả", 0xB7: "ã", 0xB8: "á", 0xB9: "ạ",
    0xBB: "ằ", 0xBC: "ẳ", 0xBD: "ẵ", 0xBE: "ắ", 0xC6: "ặ",
    0xC7: "ầ", 0xC8: "ẩ", 0xC9: "ẫ", 0xCA: "ấ", 0xCB: "ậ",
    0xCC: "è", 0xCE: "ẻ", 0xCF: "ẽ", 0xD0: "é", 0xD1: "ẹ",
    0xD2: "ề", 0xD3: "ể", 0xD4: "ễ", 0xD5: "ế", 0xD6: "ệ",
    0xD7: "ì", 0xD8: "ỉ", 0xDC: "ĩ", 0xDD: "í", 0xDE: "ị",
    0xDF: "ò", 0xE1: "ỏ", 0xE2: "õ", 0xE3: "ó", 0xE4: "ọ",
    0xE5: "ồ", 0xE6: "ổ", 0xE7: "ỗ", 0xE8: "ố", 0xE9: "ộ",
    0xEA: "ờ", 0xEB: "ở", 0xEC: "ỡ", 0xED: "ớ", 0xEE: "ợ",
    0xEF: "ù", 0xF1: "ủ", 0xF2: "ũ", 0xF3: "ú", 0xF4: "ụ",
    0xF5: "ừ", 0xF6: "ử", 0xF7: "ữ", 0xF8: "ứ", 0xF9: "ự",
    0xFA: "ỳ", 0xFB: "ỷ", 0xFC: "ỹ", 0xFD: "ý", 0xFE: "ỵ",
}  # fmt: skip

#: VNI: letters of one byte, then the byte that follows a letter → its marks.
_VNI_SINGLE = {
    "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị",
    "ô": "ơ", "ö": "ư", "î": "ỵ", "ñ": "đ",
}  # fmt: skip
_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT = "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"
_HAT, _BREVE = "\u0302", "\u0306"
_VNI_TONES = {"ù": _ACUTE, "ø": _GRAVE, "û": _HOOK, "õ": _TILDE, "ï": _DOT}
_VNI_HATS = {
    "â": _HAT, "á": _HAT + _ACUTE, "à": _HAT + _GRAVE, "å": _HAT + _HOOK,
    "ã": _HAT + _TILDE, "ä": _HAT + _DOT,
}  # fmt: skip
_VNI_BREVES = {
    "ê": _BREVE, "é": _BREVE + _ACUTE, "è": _BREVE + _GRAVE, "ú": _BREVE + _HOOK,
    "ü": _BREVE + _TILDE, "ë": _BREVE + _DOT,
}  # fmt: skip
_VNI_MARKS = {
    "a": _VNI_TONES | _VNI_HATS | _VNI_BREVES,
    "e": _VNI_TONES | _VNI_HATS,
    "o": _VNI_TONES | _VNI_HATS,
    "u": _VNI_TONES,
    "y": _VNI_TONES,
    "ô": _VNI_TONES,
    "ö": _VNI_TONES,
}
#: Two letters of a VNI text that are one; the second may be small beside a capital.
VNI_PAIR = re.compile(
    "|".join(f"{base}[{''.join(marks)}]" for base, marks in _VNI_MARKS.items()),
    re.IGNORECASE,
)
_VNI_ONE = re.compile(
    f"{VNI_PAIR.pattern}|[{''.join(_VNI_SINGLE)}]",
    re.IGNORECASE,
)
#: Windows-1258: letters that Latin-1 has not, and tones that follow their letter.
WINDOWS_1258 = {
    "Ã": "Ă", "ã": "ă", "Ð": "Đ", "ð": "đ", "Õ": "Ơ", "õ": "ơ", "Ý": "Ư", "ý": "ư",
    "Ì": _GRAVE, "Ò": _HOOK, "Þ": _TILDE, "ì": _ACUTE, "ò": _DOT,
}  # fmt: skip
_FROM_1258 = str.maketrans(WINDOWS_1258)
_CAPITALS = re.compile(r"(?<![a-z])[A-Z]{2,}(?![a-z])")


def from_tcvn3(text: str) -> str:
    """TCVN3 text that was read as Latin-1, as Unicode NFC.

    Its capital fonts have no small letters: there ``NGUYÔN`` is NGUYỄN.
    Characters outside the font's table stay as they are.
    """
    turned = unicodedata.normalize("NFC", text.translate(TCVN3))
    is_capital = _CAPITALS.search(text) and not any("a" <= c <= "z" for c in text)
    return turned.upper() if is_capital else turned


def from_vni(text: str) -> str:
    """VNI text that was read as Latin-1, as Unicode NFC."""
    return unicodedata.normalize("NFC", _VNI_ONE.sub(_vni, text))


def _vni(found: re.Match[str]) -> str:
    base, mark = found[0][0], found[0][1:].lower()
    letter = _VNI_SINGLE.get(base.lower(), base.lower())
    whole = letter + (_VNI_MARKS[base.lower()][mark] if mark else "")
    return whole.upper() if base.isupper() else whole


def from_1258(text: str) -> str:
    """Windows-1258 text that was read as Latin-1, as Unicode NFC."""
    return unicodedata.normalize("NFC", text.translate(_FROM_1258))
