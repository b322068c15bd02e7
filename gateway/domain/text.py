"""Vietnamese text: NFC inside, folding for search, plain letters for those who need them."""

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
#: +84 and 0084; some leave the 0 behind it.
_FROM_ABROAD = re.compile(r"(?:00)?840?([1-9]\d{8,9})")
_WORD = re.compile(r"[^\W_]+")
#: Letters that stand for đ: it, and two of other languages that look like it.
_STROKED = {ord(c): plain for c, plain in zip("đĐðÐɖƉ", "dDdDdD", strict=True)}
#: Every kind of dash, as the one of keyboards.
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
#: Characters that nobody sees: zero-width ones, and where a word may be parted.
UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None)
_QUOTES = {
    ord(c): plain
    for c, plain in zip("‘’‚“”„«»…", ["'"] * 3 + ['"'] * 5 + ["..."], strict=True)
}


def nfc(text: str) -> str:
    """The text composed; senders mix NFC and NFD."""
    return unicodedata.normalize("NFC", text)


def tidy(text: str) -> str:
    """NFC without what nobody sees, each blank one blank, each kind of dash ``-``."""
    if not text.isascii():
        text = nfc(text).translate(UNSEEN | DASHES)
    return " ".join(text.split())


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


def capitals(text: str) -> str:
    """The same in capital letters, as codes are compared."""
    return nfc(tidy(text).upper())


def fold(text: str) -> str:
    """Lower case without marks, for search: ``Đặng Thị Ố`` → ``dang thi o``."""
    if text.isascii():
        return text.casefold()
    return _bare(text.translate(UNSEEN | _STROKED).casefold())


def unmarked(text: str) -> str:
    """The same letters without marks, for receivers that cannot take them.

    Case stays: ``Đặng Thị Ố`` → ``Dang Thi O``. What has no plain letter stays as
    it is; nothing is left out. It cannot be turned back: the text itself is kept.
    """
    if text.isascii():
        return text
    signs = UNSEEN | _STROKED | DASHES | _QUOTES | {0xA0: " "}
    return nfc(_bare(text.translate(signs)))


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    return "".join(c for c in apart if not unicodedata.combining(c))


def words(text: str) -> tuple[str, ...]:
    """Folded words of a text, each once, in order."""
    return tuple(dict.fromkeys(_WORD.findall(fold(text))))


def normal_number(text: str) -> str:
    """A number as it is compared: NFC, casefolded, without blanks, dashes alike."""
    if not text.isascii():
        text = nfc(text).translate(UNSEEN | DASHES)
    return "".join(text.casefold().split())


def normal_phone(text: str) -> str:
    """A Vietnamese phone number as digits with a leading 0 (``+84…`` → ``0…``)."""
    digits = "".join(c for c in text if c.isdigit())
    found = _FROM_ABROAD.fullmatch(digits)
    return "0" + found[1] if found else digits
