"""Vietnamese text: NFC inside, TCVN3 converted where it is named, folding for search."""

from __future__ import annotations

import re
import unicodedata

#: TCVN3 (ABC) byte → letter, for the bytes that the font uses; read as Latin-1.
_TCVN3 = dict(
    zip(
        range(0xA1, 0xAF),
        "ĂÂÊÔƠƯĐăâêôơưđ",
        strict=True,
    )
) | {
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
#: Letters of Vietnamese that also stand in Latin-1: they prove nothing.
_SHARED = frozenset("àáâãèéêìíòóôõùúýÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝ")
#: In TCVN3 these stand for Vietnamese letters; in Vietnamese Unicode text they do not occur.
_SUSPECT = frozenset(chr(byte) for byte in _TCVN3) - _SHARED
_WORD = re.compile(r"[^\W_]+")


def nfc(text: str) -> str:
    """The text composed; senders mix NFC and NFD."""
    return unicodedata.normalize("NFC", text)


def from_tcvn3(text: str) -> str:
    """TCVN3 (ABC) text that was read as Latin-1, as Unicode NFC.

    Characters outside the font's table stay as they are.
    """
    return nfc(text.translate(_TCVN3))


def looks_like_tcvn3(text: str) -> bool:
    """Whether a word holds characters that only TCVN3 read as Latin-1 would hold.

    Signs such as ``·`` or ``½`` stand by themselves in good text, so only those
    beside a letter count.
    """
    if text.isascii():
        return False
    beside = zip(f" {text[:-1]}", text, f"{text[1:]} ", strict=True)
    return any(
        character in _SUSPECT and (before.isalpha() or after.isalpha())
        for before, character, after in beside
    )


def fold(text: str) -> str:
    """Lower case without marks, for search: ``Đặng Thị Ố`` → ``dang thi o``."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(c for c in bare if not unicodedata.combining(c))


def words(text: str) -> tuple[str, ...]:
    """Folded words of a text, each once, in order."""
    return tuple(dict.fromkeys(_WORD.findall(fold(text))))


def normal_number(text: str) -> str:
    """A number as it is compared: NFC, casefolded, without blanks."""
    return "".join(nfc(text).casefold().split())


def normal_phone(text: str) -> str:
    """A Vietnamese phone number as digits with a leading 0 (``+84…`` → ``0…``)."""
    digits = "".join(c for c in text if c.isdigit())
    return "0" + digits[2:] if digits.startswith("84") and len(digits) > 10 else digits
