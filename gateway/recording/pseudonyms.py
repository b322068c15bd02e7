"""Other names and numbers: the same for the same, told by a key that is thrown away."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.domain.encodings import convert, detect
from gateway.domain.numbers.tax import has_check_digit
from gateway.domain.old_letters import TCVN3, Encoding
from gateway.domain.text import bare_number, nfc, normal_phone, tidy, unmarked
from gateway.recording.kinds import dossier_parts, moved_short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: Parts of a number: each is told apart, so that ``R-0001`` stays that of ``0001``.
_PARTS = re.compile(r"[-_/:|#,;]")
_LETTERS = re.compile(r"[^\W\d_]+")
#: Letters of a series that stay: ``CB 000001``, ``0001/PCTT``; more could be a name.
_SERIES = 4
#: Longer, it is no number of a register but a token, or text that was coded.
_LONGEST = 20
#: Digits that make a number one of somebody's; shorter parts beside it stay.
_OWN = 4
_TRIES = 64
_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi")
_SYLLABLES = (
    *("An", "Bình", "Cẩm", "Dung", "Đào", "Gấm", "Hạnh", "Khánh", "Lan", "Mai"),
    *("Ngân", "Oanh", "Phúc", "Quý", "Sen", "Tâm", "Uyên", "Vinh", "Xuân", "Yến"),
    *("Bảo", "Châu", "Diệp", "Giang", "Hòa", "Kiên", "Liên", "Minh", "Nam", "Phong"),
    *("Quang", "Sơn", "Thảo", "Tú", "Vân", "Ý", "Ái", "Bích", "Cúc", "Đông"),
)
_TO_TCVN3 = {letter: chr(byte) for byte, letter in TCVN3.items()}
_LETTERS_OF_OURS = "abcdefghklmnpqrstuvxy"


@dataclass(slots=True)
class Pseudonyms:
    """Those of one export; ``weeks``: how far its days are moved."""

    key: bytes
    weeks: int
    _told: dict[tuple[str, str], str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    def number(self, text: str) -> str:
        """A number with other digits, its signs in their places.

        The same letters and digits become the same whatever parts them. Of a dossier's
        code the unit stays and the day moves, so that it is one still.
        """
        code = dossier_parts(tidy(text))
        if code is not None:
            unit, day, running = code
            told = self._alike(running, f"{unit}-{day}")
            return f"{unit}-{moved_short(day, self.weeks)}-{told}"
        parts = [part for part in _PARTS.split(text) if part]
        has_own = any(_digits(part) >= _OWN for part in parts)
        return _each_part(text, lambda part: self._part(part, alone=not has_own))

    def _part(self, part: str, *, alone: bool) -> str:
        if not alone and _digits(part) < 3 and len(_LETTERS.sub("", part)) == len(part):
            return part
        return self._alike(part, "")

    def whole(self, text: str) -> str:
        """A number that nothing parts, however it is written: of a person, an account."""
        digits = bare_number(text)
        return self._written_like(text, self._alike(digits, ""))

    def phone(self, text: str) -> str:
        """A telephone number with the same beginning, as it was written."""
        normal = normal_phone(text)
        if len(normal) < 8 or len(normal) > 12:
            return self.number(text)
        told = normal[:2] + self._alike(normal[2:], "phone")
        digits = [c for c in text if c.isdigit()]
        abroad = len(digits) - len(normal)
        again = "".join(digits[: max(abroad, 0)]) + told
        if abroad > 0 and text.lstrip().startswith("+"):
            again = "84" + told[1:]
        return self._written_like(text, again)

    def _alike(self, part: str, about: str) -> str:
        """Other digits, and other letters where they could be a word."""
        normal = bare_number(part)
        if not normal:
            return part
        found = self._told.get((about, normal))
        if found is None:
            found = self._drawn(normal, about)
            self._told[about, normal] = found
        return self._written_like(part, found)

    def _drawn(self, normal: str, about: str) -> str:
        is_checked = _is_tax_code(normal)

        def fits(found: str) -> bool:
            return found != normal and _is_tax_code(found) == is_checked

        drawn = (self._scattered(normal, f"{about}|{n}") for n in range(_TRIES))
        return self._first(about, filter(fits, drawn)) or normal[::-1]

    def _first(self, about: str, drawn: Iterable[str]) -> str:
        """The first that nothing else became; of too few possible ones the last."""
        found = ""
        for found in drawn:
            if f"{about}|{found}" not in self._taken:
                break
        self._taken.add(f"{about}|{found}")
        return found

    def _scattered(self, normal: str, about: str) -> str:
        stream = self._stream("number", f"{about}|{normal}", len(normal))
        kept = _series(normal)
        told = [
            sign if place in kept else _other(sign, stream[place])
            for place, sign in enumerate(normal)
        ]
        text = "".join(told)
        if re.fullmatch(r"\d{12}", normal):
            # Sex and year of birth stay: beside the day of birth they are no news.
            text = f"{normal[0]}{text[1:3]}{normal[3:6]}{text[6:]}"
        if _is_tax_code(normal):
            every = (text[:9] + digit for digit in "0123456789")
            text = next(filter(_is_tax_code, every), text)
        return text

    @staticmethod
    def _written_like(text: str, told: str) -> str:
        """Letters and digits in the places and the case that they had."""
        following = iter(told)
        written = []
        for sign in text:
            if not sign.isalnum():
                written.append(sign)
                continue
            new = next(following, "")
            written.append(new.upper() if sign.isupper() else new)
        return "".join(written) + "".join(following)

    def person(self, text: str) -> str:
        """A name that nobody has, in the letters that the other was written in."""
        return self._named("person", text, self._person)

    def _person(self, draw: bytes) -> str:
        family = _FAMILY[draw[0] % len(_FAMILY)]
        given = " ".join(_SYLLABLES[b % len(_SYLLABLES)] for b in draw[1:3])
        return f"{family} Giả {given}"

    def organisation(self, text: str) -> str:
        """A body that does not exist."""
        return self._named("body", text, lambda d: f"Tổ chức Giả {self._given(d)}")

    def address(self, text: str) -> str:
        """A place that does not exist."""
        return self._named(
            "place",
            text,
            lambda d: f"Số {d[0] + 1}, đường Giả {self._given(d)}, xã Giả",
        )

    def words(self, text: str) -> str:
        """Words in place of words, never longer than they were."""
        wanted = self._named("text", text, lambda d: f"Lời thay {self._given(d)}")
        if len(text) >= len(wanted):
            return wanted
        return self._short(text)

    def _short(self, text: str) -> str:
        told = self._told.get(("short", text))
        if told is None:
            streams = (
                self._stream("short", f"{turn}|{text}", len(text))
                for turn in range(_TRIES)
            )
            drawn = ("".join(map(_letter, stream)) for stream in streams)
            told = self._first("short", (one for one in drawn if one != text))
            self._told["short", text] = told
        return told

    @staticmethod
    def _given(draw: bytes) -> str:
        return " ".join(_SYLLABLES[b % len(_SYLLABLES)] for b in draw[1:4])

    def _named(self, about: str, text: str, made: Callable[[bytes], str]) -> str:
        encoding = detect(text)
        normal = tidy(convert(text, encoding) if encoding else text).casefold()
        told = self._told.get((about, normal))
        if told is None:
            streams = (
                self._stream(about, f"{turn}|{normal}", 8) for turn in range(_TRIES)
            )
            told = self._first(about, map(made, streams))
            self._told[about, normal] = told
        return in_the_letters_of(text, told, encoding)

    def email(self, text: str) -> str:
        """An address in the domain that nobody can have."""
        return f"thu-{self._hex('email', text.strip().casefold(), 10)}@example.invalid"

    def secret(self, text: str) -> str:
        """A key that opens nothing."""
        return f"khoa-{self._hex('secret', text, 24)}"

    def digest(self, text: str) -> str:
        """Hexadecimal digits in place of as many."""
        told = self._hex("digest", text.lower(), max(len(text), 8))
        return (told.upper() if text.isupper() else told)[: len(text)]

    def mark(self, content: bytes) -> str:
        """What tells one generated file from another."""
        return self._hex("file", hashlib.sha256(content).hexdigest(), 16)

    def name(self, text: str) -> str:
        """What stands for a name of something that is no person: a file, a field."""
        return self._hex("name", nfc(text), 10)

    def _hex(self, about: str, text: str, length: int) -> str:
        return self._stream(about, text, (length + 1) // 2).hex()[:length]

    def _stream(self, about: str, text: str, length: int) -> bytes:
        drawn, block = b"", 0
        while len(drawn) < length:
            said = f"{about}|{block}|{text}".encode("utf-8", "surrogatepass")
            drawn += hmac.digest(self.key, said, "sha256")
            block += 1
        return drawn[:length]


def in_the_letters_of(text: str, told: str, encoding: Encoding | None) -> str:
    """As a text is written: capitals, without marks, parted marks, or TCVN3."""
    if text.isupper():
        told = told.upper()
    if encoding is Encoding.TCVN3:
        return "".join(_TO_TCVN3.get(c, c) for c in told)
    if text.isascii():
        return unmarked(told)
    if text != nfc(text):
        return unicodedata.normalize("NFD", told)
    return told


def _series(normal: str) -> set[int]:
    """Places of the letters that open or close a short number: a series, a kind."""
    if len(normal) > _LONGEST or _digits(normal) < _OWN:
        return set()
    kept: set[int] = set()
    for word in _LETTERS.finditer(normal):
        at_an_end = word.start() == 0 or word.end() == len(normal)
        if at_an_end and len(word[0]) <= _SERIES and word[0].isascii():
            kept.update(range(*word.span()))
    return kept


def _digits(text: str) -> int:
    return sum(c.isdigit() for c in text)


def _each_part(text: str, told: Callable[[str], str]) -> str:
    written, last = [], 0
    for sign in _PARTS.finditer(text):
        written += [told(text[last : sign.start()]), sign[0]]
        last = sign.end()
    return "".join([*written, told(text[last:])])


def _other(sign: str, byte: int) -> str:
    if sign.isdigit():
        return str(byte % 10)
    return _letter(byte) if sign.isalpha() else sign


def _letter(byte: int) -> str:
    return _LETTERS_OF_OURS[byte % len(_LETTERS_OF_OURS)]


def _is_tax_code(text: str) -> bool:
    return re.fullmatch(r"\d{10}", text) is not None and has_check_digit(text)
