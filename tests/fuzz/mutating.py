"""Changes messages by their form: what was JSON, XML, a table or a zip stays one.

Bytes changed at random are refused by the first parser; what lies behind it is reached
by a message that is whole and says something else. Used by the fuzzer, which gives a
number for the dice, and by hypothesis, which keeps the smallest number that fails.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import struct
import zipfile
from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import orjson
from lxml import etree

from gateway.disk.archives import ArchiveRefused, opened
from gateway.validation.xml import XMLRefused, parse
from tests.properties.hostile import ODD, leaves, put

if TYPE_CHECKING:
    from random import Random

#: Beside those that hypothesis draws: what a program takes for a number and is none,
#: what is longer than a number may be, what no table or page writes as it is.
TEXTS = (
    *ODD,
    "²",
    "٣٤٥",
    "9" * 5000,
    "-1",
    "1e999",
    "NaN",
    "0x10",
    "1_000",
    "２０２６",
    "2026-03-10T07:30:00+99:99",
    "9999-12-31T23:59:59.999999-14:00",
    "0001-01-01T00:00:00+14:00",
    "2026-W10-2",
    "24:00",
    "é",
    "YQ==",
    "YQ",
    "=",
    "http://[::1",
    "//",
    "../../x",
    "%00%zz",
    "a" * 300,
    "{}",
    "[1]",
    "<a/>",
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**53 + 1, 2**63, 2**64 - 1, 10**18, 0.5, -0.0, 1e300),
    *([], {}, [[]], [None], {"": None}, {"a": {"a": []}}, [1, "1", None]),
)
_BYTES = (b"\x00", b"\xff", b"\xef\xbb\xbf", b"\r\n", b'"', b"<!--", b"]]>", b"&#0;")
#: Beyond these a message is other than long: limits are tried elsewhere.
_MOST_ENTRIES, _MOST_BYTES = 100, 256 * 1024
#: Layers of one form within another.
_DEEPEST = 3


def mutated(data: bytes, dice: Random, depth: int = 0) -> bytes:
    """Another message of the same form; now and then one of no form at all."""
    if dice.random() < 0.15 or depth > _DEEPEST:
        return _bytes(data, dice)
    for way in (_zip, _json, _xml, _lines):
        with suppress(ValueError, ArchiveRefused, XMLRefused, RecursionError):
            told = way(data, dice, depth)
            if told is not None:
                return told
    return _bytes(data, dice)


def _bytes(data: bytes, dice: Random) -> bytes:
    """Some bytes missing, doubled or others."""
    begin = dice.randrange(len(data) + 1)
    end = min(len(data), begin + dice.choice((0, 1, 1, 2, 8, 64)))
    filling = dice.choice(
        (b"", data[begin:end] * 2, dice.choice(_BYTES), dice.randbytes(2))
    )
    cut = data[end:] if dice.random() < 0.9 else b""
    return data[:begin] + filling + cut


def text(value: str, dice: Random, depth: int) -> str:
    """Another text; what a text holds in base64 is changed where it lies."""
    if len(value) > 8 and dice.random() < 0.5:
        with suppress(binascii.Error, ValueError):
            inside = base64.b64decode(value, validate=True)
            return base64.b64encode(mutated(inside, dice, depth + 1)).decode()
    if value[:1] in {"{", "[", "<"} and dice.random() < 0.5:
        return mutated(value.encode(), dice, depth + 1).decode("utf-8", "replace")
    if value and dice.random() < 0.4:
        place = dice.randrange(len(value))
        return value[:place] + dice.choice(TEXTS)[:20] + value[place + 1 :]
    return dice.choice(TEXTS)


def _json(data: bytes, dice: Random, depth: int) -> bytes | None:
    value = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    if not isinstance(value, dict | list):
        return None
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        places = [path for path, _ in _all_places(value) if path]
        if not places:
            break
        path = dice.choice(places)
        value = put(value, path, _other(_at(value, path), dice, depth))
    # Not by orjson: what it cannot write, numbers of any length, others can.
    told = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    if dice.random() < 0.05:
        # What a program of JSON never writes: half a letter, a name twice.
        told = told.replace(b'":"', b'":"\\ud800', 1)
    return told


def _all_places(value: Any) -> list[tuple[tuple[str | int, ...], Any]]:
    """Of leaves, and of what holds them."""
    found = {path[:n]: None for path, _ in leaves(value) for n in range(len(path) + 1)}
    return [(path, None) for path in found]


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _other(value: Any, dice: Random, depth: int) -> Any:
    if dice.random() < 0.12:
        return ...
    if isinstance(value, str) and dice.random() < 0.75:
        return text(value, dice, depth)
    if isinstance(value, list) and value and dice.random() < 0.6:
        return dice.choice((value * 2, value[1:], value[::-1], [*value, None]))
    if isinstance(value, int) and dice.random() < 0.5:
        return dice.choice((str(value), -value, value * 10**6, value + 0.5))
    return dice.choice((*VALUES, *TEXTS))


def _xml(data: bytes, dice: Random, depth: int) -> bytes | None:
    root = parse(data).root
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        elements = [*root.iter("*")]
        _change(dice.choice(elements), dice, depth)
    told: bytes = etree.tostring(root, encoding="UTF-8")
    return told


def _change(one: etree._Element, dice: Random, depth: int) -> None:
    parent = one.getparent()
    match dice.randrange(8):
        case 0 | 1 | 2 | 3:
            one.text = text(one.text or "", dice, depth)
        case 4 if one.attrib:
            name = dice.choice(list(one.attrib))
            one.set(name, text(str(one.get(name)), dice, depth))
        case 5 if parent is not None:
            parent.remove(one)
        case 6 if parent is not None:
            parent.append(deepcopy(one))
        case _:
            one.tag = dice.choice(("KHAC", "{urn:khac}" + etree.QName(one).localname))


def _lines(data: bytes, dice: Random, depth: int) -> bytes | None:
    """A table of commas, a head, a body of several parts: cells of lines."""
    told = data.decode("utf-8")
    parted = next((one for one in ("\r\n", "\n") if one in told), "")
    if not parted:
        return text(told, dice, depth).encode("utf-8", "replace")
    rows = told.split(parted)
    place = dice.randrange(len(rows))
    between = max(";,\t:|", key=rows[place].count)
    cells = rows[place].split(between)
    match dice.randrange(6):
        case 0:
            rows[place : place + 1] = [rows[place]] * 2
        case 1:
            del rows[place]
        case 2:
            dice.shuffle(cells)
            rows[place] = between.join(cells)
        case 3:
            rows[place] = between.join(cells * 2)
        case _:
            at = dice.randrange(len(cells))
            cells[at] = text(cells[at], dice, depth)
            rows[place] = between.join(cells)
    return parted.join(rows).encode("utf-8", "replace")


def _zip(data: bytes, dice: Random, depth: int) -> bytes | None:
    """An archive, a workbook, a Word document: one entry is another, or its head lies."""
    if not data.startswith(b"PK"):
        return None
    with opened(data) as archive:
        entries = archive.infolist()[:_MOST_ENTRIES]
        if not entries or sum(one.file_size for one in entries) > _MOST_BYTES * 16:
            return None
        files = [(one.filename, archive.read(one)) for one in entries]
    place = dice.randrange(len(files))
    name, content = files[place]
    match dice.randrange(8):
        case 0:
            del files[place]
        case 1:
            files[place] = (text(name, dice, depth)[:60] or "x", content)
        case 2:
            files.append((name + "2", content))
        case _:
            files[place] = (name, mutated(content, dice, depth + 1))
    how = zipfile.ZIP_STORED if dice.random() < 0.3 else zipfile.ZIP_DEFLATED
    told = _archive(files, how)
    return _lied(told, dice) if dice.random() < 0.15 else told


def _archive(files: list[tuple[str, bytes]], how: int) -> bytes:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", how) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, how)
    return room.getvalue()


def _lied(archive: bytes, dice: Random) -> bytes:
    """A number of an entry's head, or of the directory, is another one."""
    heads = [
        at
        for mark in (b"PK\1\2", b"PK\3\4", b"PK\5\6")
        for at in range(len(archive) - 4)
        if archive.startswith(mark, at)
    ]
    at = dice.choice(heads) + dice.randrange(4, 22)
    wrong = struct.pack("<H", dice.choice((0, 1, 8, 9, 12, 14, 0x7FFF, 0xFFFF)))
    return archive[:at] + wrong + archive[at + 2 :]
