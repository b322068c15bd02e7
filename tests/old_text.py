"""Vietnamese as old fonts and code pages write it, each byte read as Latin-1."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from gateway.domain.old_letters import Encoding

#: As the documentation of the fonts lists them: letter=bytes.
_VNI_LIST = """
à=aø á=aù ả=aû ã=aõ ạ=aï â=aâ ấ=aá ầ=aà ẩ=aå ẫ=aã ậ=aä ă=aê ắ=aé ằ=aè ẳ=aú ẵ=aü ặ=aë
è=eø é=eù ẻ=eû ẽ=eõ ẹ=eï ê=eâ ế=eá ề=eà ể=eå ễ=eã ệ=eä ì=ì í=í ỉ=æ ĩ=ó ị=ò
ò=oø ó=où ỏ=oû õ=oõ ọ=oï ô=oâ ố=oá ồ=oà ổ=oå ỗ=oã ộ=oä ơ=ô ớ=ôù ờ=ôø ở=ôû ỡ=ôõ ợ=ôï
ù=uø ú=uù ủ=uû ũ=uõ ụ=uï ư=ö ứ=öù ừ=öø ử=öû ữ=öõ ự=öï ỳ=yø ý=yù ỷ=yû ỹ=yõ ỵ=î đ=ñ
"""
_TCVN3_LIST = """
à=µ á=¸ ả=¶ ã=· ạ=¹ ă=¨ ằ=» ắ=¾ ẳ=¼ ẵ=½ ặ=Æ â=© ầ=Ç ấ=Ê ẩ=È ẫ=É ậ=Ë đ=®
è=Ì é=Ð ẻ=Î ẽ=Ï ẹ=Ñ ê=ª ề=Ò ế=Õ ể=Ó ễ=Ô ệ=Ö ì=× í=Ý ỉ=Ø ĩ=Ü ị=Þ
ò=ß ó=ã ỏ=á õ=â ọ=ä ô=« ồ=å ố=è ổ=æ ỗ=ç ộ=é ơ=¬ ờ=ê ớ=í ở=ë ỡ=ì ợ=î
ù=ï ú=ó ủ=ñ ũ=ò ụ=ô ư=\xad ừ=õ ứ=ø ử=ö ữ=÷ ự=ù ỳ=ú ý=ý ỷ=û ỹ=ü ỵ=þ
"""
_TCVN3_CAPITALS = dict(zip("ĂÂÊÔƠƯĐ", "¡¢£¤¥¦§", strict=True))


def _listed(text: str) -> dict[str, str]:
    entries = text.replace("\n", " ").split(" ")
    return dict(entry.split("=", 1) for entry in filter(None, entries))


_VNI = _listed(_VNI_LIST)
_VNI |= {letter.upper(): written.upper() for letter, written in _VNI.items()}
_TCVN3 = _listed(_TCVN3_LIST) | _TCVN3_CAPITALS
#: Capitals with a tone exist in the capital fonts only, as the small letter's byte.
_TCVN3 = {
    letter.upper(): written for letter, written in _TCVN3.items() if letter.islower()
} | _TCVN3


def tcvn3(text: str) -> str:
    """As TCVN3 (ABC)."""
    return "".join(_TCVN3.get(c, c) for c in text)


def vni(text: str) -> str:
    """As VNI for Windows."""
    return "".join(_VNI.get(c, c) for c in text)


def windows_1258(text: str) -> str:
    """As Windows-1258, tones apart from their letters as Windows itself writes."""
    return apart(text).encode("cp1258").decode("latin-1")


def apart(text: str) -> str:
    """Each tone behind its letter, hats and horns with it."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    found = []
    for letter in text:
        marks = unicodedata.normalize("NFD", letter)
        tone = "".join(c for c in marks if c in tones)
        rest = "".join(c for c in marks if c not in tones)
        found.append(unicodedata.normalize("NFC", rest) + tone)
    return "".join(found)


ENCODERS: Mapping[Encoding, Callable[[str], str]] = {
    Encoding.TCVN3: tcvn3,
    Encoding.VNI: vni,
    Encoding.WINDOWS_1258: windows_1258,
}
