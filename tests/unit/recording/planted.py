"""Samples of every agency with a marked value in every field, and who finds them again."""

from __future__ import annotations

import base64
import binascii
import html
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from gateway.domain.old_letters import TCVN3
from gateway.domain.text import fold
from gateway.recording.exchange import Exchange
from gateway.validation.xml import XMLRefused, parse

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = ROOT / "schemas" / "agencies"
SYLLABLES = (
    "Đoạn",
    "Mốc",
    "Trĩnh",
    "Ngoãn",
    "Khuể",
    "Quýt",
    "Vẹm",
    "Xoài",
    "Ghềnh",
    "Sếu",
)
DAY = (1987, 6, 5)
_TO_TCVN3 = {letter: chr(byte) for byte, letter in TCVN3.items()}
_DATED = re.compile(r"(\d{4})([-/])\d{2}\2\d{2}|\d{1,2}([-/.])\d{1,2}\3\d{4}")
_CODED = re.compile(r"[A-Za-z0-9+/=]{16,}")


@dataclass
class Planter:
    """Gives each field a value that nothing else has; ``spare``: fields left alone."""

    spare: Callable[[tuple[str, ...], object], bool] = lambda _path, _value: False
    marks: list[str] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)

    def words(self, letters: str = "") -> str:
        number = len(self.marks)
        chosen = [SYLLABLES[int(d)] for d in f"{number:05d}"]
        mark = "Dấu " + " ".join(chosen)
        self.marks.append(mark)
        if letters == "tcvn3":
            return "".join(_TO_TCVN3.get(c, c) for c in mark)
        return unicodedata.normalize("NFD", mark) if letters == "nfd" else mark

    def digits(self) -> str:
        mark = f"0730{len(self.marks):08d}"
        self.marks.append(mark)
        return mark

    def text(self, path: tuple[str, ...], value: str) -> str:
        if not value.strip() or self.spare(path, value):
            return value
        dated = _DATED.match(value)
        if dated:
            year, month, day = DAY
            if dated[1]:
                planted = f"{year:04d}{dated[2]}{month:02d}{dated[2]}{day:02d}"
            else:
                planted = f"{day:02d}{dated[3]}{month:02d}{dated[3]}{year:04d}"
            return planted + value[dated.end() :]
        inside = self._inside(path, value)
        if inside is not None:
            return inside
        if re.fullmatch(r"[\d.\-/ ]+", value):
            return self.digits()
        return self.words(("", "nfd", "tcvn3")[len(self.marks) % 3])

    def _inside(self, path: tuple[str, ...], value: str) -> str | None:
        if value.lstrip()[:1] in {"{", "[", "<"}:
            planted = self.body(value.encode(), path)
            return planted.decode() if planted is not None else None
        content = decoded(value) if len(value) >= 24 else None
        if content is None:
            return None
        planted = self.body(content, path)
        if planted is None:
            planted = content + self.words().encode()
            self.files.append(planted)
        return base64.b64encode(planted).decode()

    def body(self, content: bytes, path: tuple[str, ...] = ()) -> bytes | None:
        """A message in JSON or XML with a mark in every field; None: it is none."""
        try:
            return json.dumps(self._value(json.loads(content), path)).encode()
        except ValueError:
            pass
        try:
            root = parse(content).root
        except XMLRefused:
            return None
        for element in root.iter(etree.Element):
            name = (*path, etree.QName(element).localname)
            if element.text and element.text.strip():
                element.text = self.text(name, element.text)
            for key, value in element.attrib.items():
                local = etree.QName(key).localname
                element.set(key, self.text((*name, local), str(value)))
        planted: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
        return planted

    def _value(self, value: Any, path: tuple[str, ...]) -> Any:
        if isinstance(value, dict):
            return {name: self._value(v, (*path, name)) for name, v in value.items()}
        if isinstance(value, list):
            return [self._value(inner, path) for inner in value]
        if isinstance(value, str):
            return self.text(path, value)
        if isinstance(value, bool) or value is None or value in {0, 1}:
            return value
        if self.spare(path, value):
            return value
        mark = f"730{len(self.marks):08d}"
        self.marks.append(mark)
        return int(mark)


def decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def samples(agency: str) -> Iterator[tuple[str, bytes]]:
    """Every sample of an agency's interface documents that has fields."""
    for folder in sorted(SCHEMAS.glob(f"{agency}*")):
        for path in sorted((folder / "samples").rglob("*")):
            content = path.read_bytes() if path.is_file() else b""
            if path.suffix == ".http":
                content = content.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
            if content.strip() and path.suffix in {".json", ".xml", ".http"}:
                yield f"{folder.name}/{path.name}", content


def exchanges(agency: str, planter: Planter) -> list[Exchange]:
    """An exchange for each sample: asked with it, and answered with it."""
    made = []
    for number, (_name, content) in enumerate(samples(agency), 1):
        asked, told = planter.body(content), planter.body(content)
        made.append(
            Exchange(
                number,
                f"1987-06-05T08:{number % 60:02d}:00+07:00",
                ("in", "out")[number % 2],
                "POST",
                f"/callbacks/van-phong/KetThucHoSo/{planter.digits()}",
                200,
                asked if asked is not None else content + planter.words().encode(),
                told if told is not None else content + planter.words().encode(),
                {"ma": planter.digits(), planter.digits(): "x"},
                {"X-Nguoi-Gui": planter.words(), "Content-Type": "application/json"},
                {"Set-Cookie": planter.digits()},
                planter.digits(),
                {"detail": planter.words()},
            )
        )
    return made


def opened(content: bytes, depth: int = 0) -> Iterator[str]:
    """Every text in some bytes: escaped, in base64, in an archive, of any of them."""
    if depth > 6:
        return
    if content[:2] == b"PK":
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
        except zipfile.BadZipFile:
            return
        for name in archive.namelist():
            yield name
            yield from opened(archive.read(name), depth + 1)
        return
    text = content.decode("utf-8", "replace")
    yield text
    unescaped = html.unescape(_unescaped(text))
    if unescaped != text:
        yield unescaped
    for coded in dict.fromkeys(_CODED.findall(text) + _CODED.findall(unescaped)):
        inside = decoded(coded + "=" * (-len(coded) % 4))
        if inside is not None:
            yield from opened(inside, depth + 1)


def _unescaped(text: str) -> str:
    def told(found: re.Match[str]) -> str:
        return chr(int(found[1], 16))

    return re.sub(r"\\u([0-9a-fA-F]{4})", told, text).replace('\\"', '"')


def survivors(planter: Planter, written: Iterable[bytes]) -> list[str]:
    """Marks that can be found in what was written, in any form."""
    texts = [text for content in written for text in opened(content)]
    folded = fold(" ".join(texts))
    exact = unicodedata.normalize("NFC", " ".join(texts))
    digits = re.sub(r"\D", "", folded)
    found = []
    for mark in planter.marks:
        old = "".join(_TO_TCVN3.get(c, c) for c in mark)
        number = mark if mark.isdigit() else ""
        if fold(mark) in folded or old in exact or (number and number in digits):
            found.append(mark)
    day, short = "".join(f"{p:02d}" for p in DAY), "05061987"
    dated = (one[0] for text in texts for one in _DATED.finditer(text))
    return [*found, *(d for d in dated if re.sub(r"\D", "", d) in {day, short})]
