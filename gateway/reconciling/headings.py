"""Finds the row of headings, and what each column means; a doubt is kept as a doubt."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.reconciling.kinds import Column
from gateway.reconciling.values import column_letters, phrase, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.ports.sheets import Sheet

#: Titles, addresses and dates of a report take less.
LOOKED_AT = 30
MAX_NAME_CHARS = 80
_WHOLE: dict[Column, tuple[str, ...]] = {
    Column.CODE: (
        "ma ho so mot cua", "ma so ho so mot cua", "ma ho so tthc", "ma so ho so tthc",
        "ma ho so lien thong", "ma ho so", "ma so ho so", "ma so hs", "ma hs", "mahs",
        "so ho so", "so hs", "ma ho so dvc", "so bien nhan", "ma bien nhan",
        "so bien nhan ho so", "sbn", "so tiep nhan", "ma tiep nhan",
    ),
    Column.RECEIVED: (
        "ngay tiep nhan", "ngay tn", "ngay nhan ho so", "ngay nhan hs", "ngay nhan",
        "thoi gian tiep nhan", "thoi diem tiep nhan", "tiep nhan luc", "ngay nop ho so",
        "ngay nop",
    ),
    Column.DUE: (
        "ngay hen tra", "ngay hen tra ket qua", "ngay hen tra kq", "hen tra",
        "hen tra ket qua", "ngay hen", "han tra ket qua", "han tra", "ngay den han",
        "thoi gian hen tra", "han giai quyet", "han xu ly",
    ),
    Column.ENDED: (
        "ngay ket thuc", "ngay ket thuc xu ly", "ngay kt", "ngay hoan thanh",
        "ngay giai quyet xong", "ngay xu ly xong", "ngay co ket qua", "ngay xong",
        "thoi gian ket thuc", "ngay ket thuc tra ket qua", "ngay tra ket qua",
        "ngay tra kq", "ngay tra",
    ),
    Column.STATUS: (
        "trang thai", "trang thai ho so", "trang thai hs", "trang thai xu ly",
        "trang thai giai quyet", "tinh trang", "tinh trang ho so", "tinh trang hs",
        "tinh trang xu ly", "tinh trang giai quyet",
    ),
    Column.PLACE: (
        "ho so dang o", "dang o", "don vi dang xu ly", "don vi dang giai quyet",
        "noi dang xu ly", "bo phan dang xu ly", "phong ban dang xu ly", "don vi xu ly",
        "don vi giai quyet", "don vi thu ly", "co quan dang xu ly", "don vi",
        "phong ban", "bo phan", "don vi dang o",
    ),
    Column.APPLICANT: (
        "chu ho so", "ten chu ho so", "ho ten chu ho so", "chu hs", "nguoi nop",
        "nguoi nop ho so", "ho ten nguoi nop", "ten nguoi nop", "chu ho so nguoi nop",
        "to chuc ca nhan", "ca nhan to chuc", "nguoi dung ten", "ho va ten", "ho ten",
        "nguoi su dung dat", "chu su dung", "chu su dung dat",
    ),
    Column.NOTE: ("ghi chu", "ly do"),
}  # fmt: skip
#: Headings that go on after these words mean the same: ``Ngày hẹn trả (dự kiến)``.
_BEGINNINGS: dict[Column, tuple[str, ...]] = {
    Column.CODE: ("ma ho so", "ma so ho so", "so bien nhan"),
    Column.RECEIVED: ("ngay tiep nhan",),
    Column.DUE: ("ngay hen tra",),
    Column.ENDED: ("ngay ket thuc", "ngay hoan thanh", "ngay tra ket qua"),
    Column.STATUS: (
        "trang thai ho so", "trang thai xu ly", "trang thai hien tai",
        "tinh trang ho so", "tinh trang xu ly",
    ),
    Column.PLACE: ("don vi dang", "ho so dang o"),
    Column.APPLICANT: ("chu ho so", "nguoi nop ho so", "ho ten"),
    Column.NOTE: ("ghi chu",),
}  # fmt: skip
_RANKS: Mapping[str, tuple[Column, int]] = {
    words: (column, rank)
    for column, several in _WHOLE.items()
    for rank, words in enumerate(several)
}
_LOOSE = 100
_REPEATED = re.compile(r" \(thứ \d+\)$")


@dataclass(frozen=True, slots=True)
class Header:
    """A row of headings, or two of them read as one."""

    last_row: int
    #: index of its last row; what comes after is data
    names: tuple[str, ...]
    #: by column; each once

    def place(self, name: str) -> int | None:
        """The column with this heading."""
        wanted = phrase(name)
        found = [i for i, own in enumerate(self.names) if own and phrase(own) == wanted]
        return found[0] if len(found) == 1 else None

    def candidates(self) -> dict[Column, list[tuple[int, int]]]:
        """Columns that may be meant, each with its rank, best first; 0 is the best rank."""
        ranked: dict[Column, list[tuple[int, int]]] = {}
        for place, name in enumerate(self.names):
            if found := _meaning(_REPEATED.sub("", name)):
                column, rank = found
                ranked.setdefault(column, []).append((rank, place))
        return {column: sorted(pairs) for column, pairs in ranked.items()}

    def described(self, first_column: int) -> str:
        """The headings with their letters, for people."""
        return ", ".join(
            f"{column_letters(first_column + place)} «{name}»"
            for place, name in enumerate(self.names)
            if name
        )


def _meaning(name: str) -> tuple[Column, int] | None:
    words = phrase(name)
    if words in _RANKS:
        return _RANKS[words]
    loose = [
        (len(start), column)
        for column, starts in _BEGINNINGS.items()
        for start in starts
        if words.startswith(f"{start} ")
    ]
    if not loose:
        return None
    length, column = max(loose)
    return column, _LOOSE - length


def headers(sheet: Sheet) -> Iterator[Header]:
    """Every row, and every two rows, that may be the headings."""
    rows = sheet.rows[: LOOKED_AT + 1]
    for index, row in enumerate(rows[:LOOKED_AT]):
        yield Header(index, _once([text_of(cell) for cell in row]))
    for index in range(min(len(rows) - 1, LOOKED_AT)):
        yield Header(index + 1, _once(_two(rows[index], rows[index + 1])))


def _two(above: Sequence[object], below: Sequence[object]) -> list[str]:
    names = []
    for place in range(max(len(above), len(below))):
        top = text_of(str(above[place])) if place < len(above) else ""
        bottom = text_of(str(below[place])) if place < len(below) else ""
        both = f"{top} {bottom}"
        if top == bottom or not bottom:
            names.append(top)
        else:
            names.append(both if top and _meaning(both) else bottom)
    return names


def _once(names: list[str]) -> tuple[str, ...]:
    """Names of which none occurs twice: a repeated one gets its place."""
    short = [name[:MAX_NAME_CHARS] for name in names]
    met: Counter[str] = Counter()
    told = []
    for name in short:
        words = phrase(name)
        met[words] += 1
        told.append(f"{name} (thứ {met[words]})" if words and met[words] > 1 else name)
    return tuple(told)


def best_header(sheet: Sheet) -> Header | None:
    """The likeliest headings: those that say most; of equal ones a single row, the first."""
    found = [(header, header.candidates()) for header in headers(sheet)]
    likely = [(h, c) for h, c in found if Column.CODE in c or Column.STATUS in c]
    if not likely:
        return None
    return max(
        likely,
        key=lambda one: (
            Column.CODE in one[1] and Column.STATUS in one[1],
            len(one[1]),
        ),
    )[0]


def header_with(sheet: Sheet, names: Sequence[str]) -> Header | None:
    """The headings among which all these names are."""
    return next(
        (
            header
            for header in headers(sheet)
            if all(header.place(name) is not None for name in names)
        ),
        None,
    )
