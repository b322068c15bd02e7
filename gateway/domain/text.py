"""Vietnamese text: NFC inside, folding for search, plain letters for those who need them."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

#: +84 and 0084; some leave the 0 behind it.
_FROM_ABROAD = re.compile(r"(?:00)?840?([1-9]\d{8,9})")
#: What a quoted name in a header may not hold, or would be read in several ways.
_NOT_PLAIN = re.compile(r'[^ -~]|["\\%]')
_WORD = re.compile(r"[^\W_]+")
#: Letters that stand for đ: it, and two of other languages that look like it.
_STROKED = {ord(c): plain for c, plain in zip("đĐðÐɖƉ", "dDdDdD", strict=True)}
#: Every kind of dash, as the one of keyboards.
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
#: Letters and digits of East Asian keyboards, as wide as a sign; as they are elsewhere.
WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
#: Characters that nobody sees: zero-width ones, and where a word may be parted.
UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None)
_QUOTES = {
    ord(c): plain
    for c, plain in zip("‘’‚“”„«»…", ["'"] * 3 + ['"'] * 5 + ["..."], strict=True)
}

#: Control characters but tab and line feed; overrides and isolates of direction.
_STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def nfc(text: str) -> str:
    """The text composed; senders mix NFC and NFD."""
    return unicodedata.normalize("NFC", text)


def tidy(text: str) -> str:
    """NFC without what nobody sees, each blank one blank, each kind of dash ``-``."""
    if not text.isascii():
        text = nfc(text).translate(UNSEEN | DASHES | WIDE)
    return " ".join(text.split())


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


def visible(text: str) -> str:
    """Text for a terminal: what would steer it, or turn its letters round, is shown as �.

    Names and reasons are written by strangers, and a terminal obeys escape sequences
    in whatever it prints. Line ends and tabs stay.
    """
    return _STEERS.sub("�", text)


def as_download(name: str) -> str:
    """Content-Disposition of a file: a name in plain letters first, for old programs."""
    plain = _NOT_PLAIN.sub("_", unmarked(name))
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _bare(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    return "".join(c for c in apart if not unicodedata.combining(c))


def words(text: str) -> tuple[str, ...]:
    """Folded words of a text, each once, in order."""
    return tuple(dict.fromkeys(_WORD.findall(fold(text))))


def normal_number(text: str) -> str:
    """A number as it is compared: NFC, casefolded, without blanks, dashes alike."""
    if not text.isascii():
        text = nfc(text).translate(UNSEEN | DASHES | WIDE)
    return "".join(text.casefold().split())


def bare_number(text: str) -> str:
    """Its letters and digits alone: people part them by blanks, dots, dashes or not."""
    return "".join(filter(str.isalnum, normal_number(text)))


def normal_phone(text: str) -> str:
    """A Vietnamese phone number as digits with a leading 0 (``+84…`` → ``0…``)."""
    digits = "".join(c for c in text.translate(WIDE) if c in "0123456789")
    found = _FROM_ABROAD.fullmatch(digits)
    return "0" + found[1] if found else digits
