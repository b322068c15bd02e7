"""Reads QR codes of level Q, versions 1 to 5: as a scanner would, without its repairs."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable

Matrix = list[list[bool]]
#: Data bytes of each block, by version (ISO/IEC 18004, table 9, level Q).
BLOCKS = {1: [13], 2: [22], 3: [17, 17], 4: [24, 24], 5: [15, 15, 16, 16]}
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda y, x: (y + x) % 2 == 0,
    lambda y, _: y % 2 == 0,
    lambda _, x: x % 3 == 0,
    lambda y, x: (y + x) % 3 == 0,
    lambda y, x: (y // 2 + x // 3) % 2 == 0,
    lambda y, x: y * x % 2 + y * x % 3 == 0,
    lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
)


def of_svg(svg: str, border: int = 2) -> Matrix:
    """The squares that an SVG's strokes draw."""
    (side,) = re.findall(r'viewBox="0 0 (\d+) \1"', svg)
    (path,) = re.findall(r'd="([^"]+)"', svg)
    drawn = [[False] * int(side) for _ in range(int(side))]
    x, y = 0, 0.0
    for step, values in re.findall(r"([Mmh])([-\d. ]+)", path):
        numbers = [float(value) for value in values.split()]
        if step == "h":
            for across in range(int(numbers[0])):
                drawn[int(y)][x + across] = True
            x += int(numbers[0])
        elif step == "M":
            x, y = int(numbers[0]), numbers[1]
        else:
            x, y = x + int(numbers[0]), y + numbers[1]
    return [row[border:-border] for row in drawn[border:-border]]


def of_png(png: bytes, scale: int, border: int = 2) -> Matrix:
    """The squares of a picture of one bit per dot."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    parts, at = b"", 8
    width = height = 0
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        content = png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colours = struct.unpack(">IIBB", content[:10])
            assert (depth, colours) == (1, 0)
        parts += content if kind == b"IDAT" else b""
        at += 12 + length
    plain, stride = zlib.decompress(parts), (width + 7) // 8 + 1
    rows: list[bytes] = []
    for n in range(height):
        how, line = plain[n * stride], plain[n * stride + 1 : (n + 1) * stride]
        assert how in {0, 2}, "a filter that this reader does not know"
        above = rows[-1] if how else bytes(len(line))
        rows.append(bytes((a + b) % 256 for a, b in zip(line, above, strict=True)))
    dark = [[not row[x // 8] >> (7 - x % 8) & 1 for x in range(width)] for row in rows]
    small = [line[scale // 2 :: scale] for line in dark[scale // 2 :: scale]]
    return [row[border:-border] for row in small[border:-border]]


def text_of(matrix: Matrix) -> str:
    """The text inside."""
    size = len(matrix)
    version = (size - 17) // 4
    # Bits of the format: level (Q is 11) and mask, hidden under a fixed pattern.
    bits = [matrix[8][x] for x in (0, 1, 2, 3, 4)]
    shown = int("".join("01"[bit] for bit in bits), 2) ^ 0b10101
    assert shown >> 3 == 0b11
    mask = MASKS[shown & 7]
    stream = []
    up, column = True, size - 1
    while column > 0:
        column -= column == 6
        for y in range(size - 1, -1, -1) if up else range(size):
            stream += [
                matrix[y][x] ^ mask(y, x)
                for x in (column, column - 1)
                if not _fixed(y, x, size, version)
            ]
        up, column = not up, column - 2
    words = [
        int("".join("01"[bit] for bit in stream[n : n + 8]), 2)
        for n in range(0, len(stream) - 7, 8)
    ]
    return _read("".join(f"{word:08b}" for word in _in_order(words, BLOCKS[version])))


def _fixed(y: int, x: int, size: int, version: int) -> bool:
    corner = (y < 9 and x < 9) or (y < 9 and x >= size - 8) or (y >= size - 8 and x < 9)
    small = version > 1 and abs(y - (size - 7)) < 3 and abs(x - (size - 7)) < 3
    return corner or small or y == 6 or x == 6


def _in_order(words: list[int], blocks: list[int]) -> list[int]:
    found: list[list[int]] = [[] for _ in blocks]
    at = 0
    for n in range(max(blocks)):
        for block, length in zip(found, blocks, strict=True):
            if n < length:
                block.append(words[at])
                at += 1
    return [word for block in found for word in block]


def _read(bits: str) -> str:
    mode, at = int(bits[:4], 2), 4

    def take(length: int) -> int:
        nonlocal at
        at += length
        return int(bits[at - length : at], 2)

    if mode == 2:
        count = take(9)
        pairs = [divmod(take(11), 45) for _ in range(count // 2)]
        text = "".join(LETTERS[a] + LETTERS[b] for a, b in pairs)
        return text + (LETTERS[take(6)] if count % 2 else "")
    assert mode == 4
    return bytes(take(8) for _ in range(take(8))).decode()
