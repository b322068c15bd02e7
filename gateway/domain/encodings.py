"""Tells text of an old encoding by what it would say, and turns it into Unicode.

Such text arrives with each byte read as the letter of Latin-1. It is of an encoding
if turning it makes syllables of Vietnamese out of what were none, in every word that
has a mark, and no other encoding does so. Anything less is a doubt, and a person's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.old_letters import (
    TCVN3,
    WINDOWS_1258,
    Encoding,
    from_1258,
    from_tcvn3,
    from_vni,
)
from gateway.domain.syllables import is_syllable
from gateway.domain.text import nfc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Vietnamese letters that Latin-1 has not: the text is Unicode already.
_UNICODE = re.compile("[ĂăĐđĨĩŨũƠơƯư\u0300-\u0323\u1ea0-\u1ef9]")
#: Signs that stand for letters in TCVN3; elsewhere they end a word.
_SIGNS = "".join(
    re.escape(chr(byte)) for byte in sorted(TCVN3) if not chr(byte).isalpha()
)
_ASCII_WORD = re.compile(r"[A-Za-z]{2,}")
#: A sign between two small letters stands for a letter, even if nobody knows the
#: word: names of the highlands have syllables of their own. A hyphen that is seen at
#: the end of a line only may stand anywhere.
_SIGN_INSIDE = re.compile(
    rf"(?<=[a-z])[{_SIGNS.replace(re.escape(chr(0xAD)), '')}](?=[a-z])"
)
#: What stands with a number: 5m×20m, ½ha, 50µm.
_NUMBERED = re.compile(r"\S*[\d¼½¾]\S*")
#: UTF-8 that was read as Latin-1 or Windows-1252: «Äá»©c» is Đức.
_CONTINUED = "".join(
    bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0)
)
_CONTINUED = f"\x80-\xbf{re.escape(_CONTINUED)}"
MISREAD = re.compile(
    f"á[»º][{_CONTINUED}]|Ä[ƒ‘‚©\x82\x83\x90\x91]|Å[©¨]|Æ[°¡¯\xa0]|Ã[¡-£¨-ª¬­²-µ¹º½]"
)
#: Letters of a word below which it proves nothing by itself.
_LONG = 3
#: In a text of so many words, one of fifty may be a name from elsewhere.
_MANY, _ONE_OF = 50, 50
#: A letter that was lost when a file was saved.
_LOST = re.compile(r"[^\W\d_]\?[^\W\d_]|\ufffd")
_BOM_16 = (b"\xff\xfe", b"\xfe\xff")
#: Quotation marks and dashes, which all of these have where Latin-1 has nothing.
_DASHES_AND_QUOTES = {
    byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0xA0)
}
#: Letters of Vietnamese that also stand in Latin-1: in TCVN3 they prove nothing.
_SHARED = frozenset("àáâãèéêìíòóôõùúýÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝ")
#: In Vietnamese Unicode text these do not occur beside a letter.
_SUSPECT = frozenset(map(chr, TCVN3)) - _SHARED


@dataclass(frozen=True, slots=True)
class _Look:
    """How words of one encoding look while they are read as Latin-1."""

    turn: Callable[[str], str]
    word: re.Pattern[str]
    proof: re.Pattern[str]
    #: what it writes and Vietnamese in Unicode does not
    western: re.Pattern[str]
    #: the same where words of Western Europe have it too


_LATIN_WORD = re.compile(r"[^\W\d_]+")
_LOOKS: Mapping[Encoding, _Look] = {
    Encoding.TCVN3: _Look(
        from_tcvn3,
        re.compile(rf"(?:[^\W\d_]|[{_SIGNS}])+"),
        re.compile(f"[{''.join(re.escape(chr(byte)) for byte in TCVN3)}]"),
        re.compile("[àáâãäåæçèéêëìíîïñòóôõöøùúûüý]"),
    ),
    Encoding.VNI: _Look(
        from_vni,
        _LATIN_WORD,
        re.compile("[aeouyôö][ùøûõïâáàåãäêéèúüë]|[íìæóòôöîñ]", re.IGNORECASE),
        re.compile(
            "[aou]ï|e[âûù]|o[ùûâáø]|a[ëüùâ]|[íìæóòôöîñ]",
            re.IGNORECASE,
        ),
    ),
    Encoding.WINDOWS_1258: _Look(
        from_1258,
        _LATIN_WORD,
        re.compile(f"[âêôãõýÂÊÔÃÕÝ][ìòÌÒ]|[{''.join(WINDOWS_1258)}]"),
        re.compile("[ãõýìòÃÕÝ]"),
    ),
}


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text of some bytes, and what it was before it became Unicode."""

    text: str
    encoding: Encoding


@dataclass(frozen=True, slots=True)
class _Weighed:
    """The different words of a text with a mark, as one encoding would have them."""

    words: int
    wrong: int
    #: are no syllables then
    proofs: int
    #: are syllables then, and were none
    strong: bool
    #: one of these could be of no other language


def is_unicode(text: str) -> bool:
    """Whether a text holds Vietnamese letters that no old encoding reads as."""
    return _UNICODE.search(text) is not None


def convert(text: str, encoding: Encoding) -> str:
    """A text as Unicode NFC; one that is Unicode already is only composed."""
    look = _LOOKS.get(encoding)
    if look is None or text.isascii() or is_unicode(text):
        return nfc(text)
    return look.turn(text)


def detect(text: str) -> Encoding | None:
    """The one old encoding that makes a whole text Vietnamese.

    None: it is Unicode, or no Vietnamese, or nobody can tell.
    """
    if text.isascii() or is_unicode(text):
        return None
    found = [encoding for encoding, look in _LOOKS.items() if _fits(text, look)]
    return found[0] if len(found) == 1 else None


def bears(text: str, encoding: Encoding) -> bool:
    """Whether some word of a text would be Vietnamese in this encoding only."""
    look = _LOOKS.get(encoding)
    if look is None or is_unicode(text):
        return False
    return _weighed(text, look).proofs > 0


def is_doubtful(text: str) -> bool:
    """Whether a text, or some word of it, could be of an old encoding.

    One word is enough where no other language has such a word. Weaker ones count
    where all of the text could be old: «Hans Müller» is a name, and a sign beside a
    number is a sign.
    """
    if text.isascii():
        return False
    if MISREAD.search(text) or _SIGN_INSIDE.search(text):
        return True
    if any(_weighed(text, look).strong for look in _LOOKS.values()):
        return True
    if is_unicode(text):
        return False
    plain = _NUMBERED.sub(" ", text)
    weighed = [_weighed(plain, look) for look in _LOOKS.values()]
    return any(found.proofs and not found.wrong for found in weighed)


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


def decode(content: bytes) -> Decoded:
    """The text of a file's bytes.

    Tried in this order: a byte order mark is believed; then UTF-8, if every byte
    fits; then the one old encoding that ``detect`` finds. Text that was typed in an
    old font and saved as Unicode is turned, too.

    Raises:
        ValueError: nobody can tell, or letters were lost when it was saved.
    """
    if content.startswith(_BOM_16):
        return Decoded(content.decode("utf-16"), Encoding.UNICODE)
    try:
        text, bytes_are_old = content.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        text = content.decode("latin-1").translate(_DASHES_AND_QUOTES)
        bytes_are_old = True
    old = None if bytes_are_old and _LOST.search(text) else detect(text)
    if old is not None:
        return Decoded(convert(text, old), old)
    if bytes_are_old:
        raise ValueError("no known encoding")
    return Decoded(text, Encoding.UNICODE)


def _fits(text: str, look: _Look) -> bool:
    found = _weighed(text, look)
    if found.wrong and not (
        found.words >= _MANY and found.wrong * _ONE_OF <= found.words
    ):
        return False
    return found.strong or (found.proofs > 1 and _reads_vietnamese(text))


def _weighed(text: str, look: _Look) -> _Weighed:
    marked = [
        word
        for word in dict.fromkeys(look.word.findall(text))
        if not word.isascii() and not is_unicode(word)
    ]
    wrong, proofs, strong = 0, 0, False
    for word in marked:
        turned = look.turn(word)
        if not is_syllable(turned):
            wrong += 1
        elif len(turned) > 1 and not is_syllable(word):
            proofs += 1
            strong = strong or (len(turned) >= _LONG and _is_strong(word, look))
    return _Weighed(len(marked), wrong, proofs, strong)


def _is_strong(word: str, look: _Look) -> bool:
    """Whether a word holds what no word of Western Europe does."""
    return any(
        not look.western.fullmatch(found[0]) and not _is_capital_in_place(word, found)
        for found in look.proof.finditer(word)
    )


def _is_capital_in_place(word: str, found: re.Match[str]) -> bool:
    """Whether it is a capital where other languages have one: in front, or all are."""
    letter = found[0]
    if len(letter) > 1 or letter in "ÐÞ":
        return False
    return letter.isupper() and (found.start() == 0 or word.isupper())


def _reads_vietnamese(text: str) -> bool:
    """Whether at least half of the words without marks could be Vietnamese."""
    plain = _ASCII_WORD.findall(text)
    fitting = sum(is_syllable(word) or is_syllable(word + "\u0301") for word in plain)
    return 2 * fitting >= len(plain)
