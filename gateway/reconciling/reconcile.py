"""The whole comparison: two tables and perhaps a mapping in, everything found out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.errors import SenderError
from gateway.domain.old_letters import Encoding
from gateway.reconciling.comparing import compare
from gateway.reconciling.guessing import guess, missing
from gateway.reconciling.kinds import Kind, Side, SideFacts
from gateway.reconciling.lists import read_list
from gateway.reconciling.mapping import SIDE_NAMES, dump, load
from gateway.reconciling.remembering import fitted
from gateway.reconciling.sentences import Names
from gateway.reconciling.values import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from gateway.ports.sheets import Table
    from gateway.reconciling.kinds import Finding, Problem
    from gateway.reconciling.lists import ReadList
    from gateway.reconciling.mapping import SheetMapping, SideMapping

#: Pairs from which on a column is doubted as a whole.
MANY = 10
#: Words without a meaning from which on a column holds no statuses.
MANY_WORDS = 50


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Everything that two lists tell."""

    day: date
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    sides: Mapping[Side, SideFacts]
    mapping: str
    #: TOML that reads the next pair of lists the same way
    guessed: bool
    #: whether the columns were told from the headings
    warnings: tuple[str, ...]
    misfit: str = ""
    #: what of a mapping from another day did not fit these lists

    @property
    def names(self) -> Names:
        """What the sides are called."""
        return Names(self.sides[Side.OURS].name, self.sides[Side.THEIRS].name)

    def counts(self) -> dict[Kind, int]:
        """Codes per class; together every code of either list."""
        found = Counter(finding.kind for finding in self.findings)
        return {kind: found[kind] for kind in Kind}

    def of(self, kind: Kind) -> list[Finding]:
        """The findings of one class, by code."""
        return [finding for finding in self.findings if finding.kind is kind]

    def late_on_paper(self) -> int:
        """Dossiers that are late on paper only."""
        return sum(finding.paper_days > 0 for finding in self.findings)


def reconcile(
    ours: Table,
    theirs: Table,
    *,
    day: date,
    mapping: str | None = None,
    remembered: bool = False,
) -> Reconciliation:
    """Hold the one-stop's list against the agency's, as they stand on ``day``.

    ``mapping``: TOML that names columns and status words; without it they are told
    from the headings and the shipped words. ``remembered``: it is from another day
    and nobody chose it for these lists; where it does not fit they are told anew.

    Raises:
        SenderError: columns are missing or in doubt, or the mapping is wrong; the
            remedy names the columns that are there.
    """
    chosen, misfit = load(mapping) if mapping and mapping.strip() else None, ""
    if chosen and remembered:
        sides, misfit = fitted(ours, theirs, chosen.sides)
        chosen = None if misfit else chosen
    else:
        sides = dict(chosen.sides) if chosen else guess(ours, theirs)
    tables = {Side.OURS: ours, Side.THEIRS: theirs}
    lists = _lists(tables, sides)
    names = Names(sides[Side.OURS].name, sides[Side.THEIRS].name)
    findings = compare(
        lists[Side.OURS].rows, lists[Side.THEIRS].rows, day=day, names=names
    )
    return Reconciliation(
        day=day,
        findings=findings,
        problems=tuple(p for found in lists.values() for p in found.problems),
        sides={
            side: SideFacts(
                sides[side].name,
                len(found.rows),
                sides[side].columns,
                (*_turned(tables[side]), *found.notes),
                _unclear(found),
            )
            for side, found in lists.items()
        },
        mapping=_remembered(chosen, sides, lists),
        guessed=chosen is None,
        warnings=(*_warnings(findings), *_many_words(sides, lists)),
        misfit=misfit,
    )


def _lists(
    tables: Mapping[Side, Table], sides: Mapping[Side, SideMapping]
) -> dict[Side, ReadList]:
    lists: dict[Side, ReadList] = {}
    for side, table in tables.items():
        found = read_list(table, sides[side], side)
        if found is None:
            raise missing(table, sides[side], side)
        if not found.rows and not found.problems:
            raise SenderError(
                code="list_empty",
                remedy=f"Tệp của {SIDE_NAMES[side]} không có hồ sơ nào dưới"
                " hàng tiêu đề. Xuất lại danh sách.",
            )
        lists[side] = found
    return lists


def _remembered(
    chosen: SheetMapping | None,
    sides: Mapping[Side, SideMapping],
    lists: Mapping[Side, ReadList],
) -> str:
    """The mapping for the next run: the person's own text while it knows every word."""
    words = {side: set(found.standings) for side, found in lists.items()}
    unclear = {
        phrase(word)
        for side, found in lists.items()
        for word, standing in found.standings.items()
        if standing is None and phrase(word) not in sides[side].words
    } - {""}
    return chosen.text if chosen and not unclear else dump(sides, words)


def _turned(table: Table) -> tuple[str, ...]:
    """That text was turned into Unicode; the file itself stays as it is."""
    if table.encoding is Encoding.UNICODE:
        return ()
    told = (
        f"Chữ trong tệp dùng bảng mã cũ {table.encoding}, đã đổi sang Unicode để đối"
        " soát. Xem lại vài dòng trước khi dùng."
    )
    return (told,)


def _many_words(
    sides: Mapping[Side, SideMapping], lists: Mapping[Side, ReadList]
) -> list[str]:
    """A column of so many words holds something else."""
    return [
        f"Cột trạng thái của {sides[side].name} có {count} từ khác nhau chưa rõ nghĩa:"
        " có thể đã chọn nhầm cột."
        for side, found in lists.items()
        if (count := len(_unclear(found))) > MANY_WORDS
    ]


def _unclear(found: ReadList) -> tuple[str, ...]:
    """Status words that nobody has explained, each in one writing."""
    words = {
        phrase(word): word
        for word, standing in found.standings.items()
        if standing is None
    }
    return tuple(words[key] for key in sorted(words))


def _warnings(findings: tuple[Finding, ...]) -> list[str]:
    """What makes the comparison itself doubtful."""
    told = []
    pairs = [one for one in findings if one.ours and one.theirs]
    if findings and not pairs:
        told.append(
            "Không có mã nào chung giữa hai danh sách: có thể cột mã của hai tệp là hai"
            " loại số khác nhau, hoặc hai tệp khác khoảng ngày. Kiểm tra trước khi dùng."
        )
    differing = sum(
        any("Ngày hẹn trả khác nhau" in told for told in one.differences)
        for one in pairs
    )
    if len(pairs) >= MANY and 2 * differing > len(pairs):
        told.append(
            f"Ngày hẹn trả khác nhau ở {differing}/{len(pairs)} hồ sơ: có thể hai cột"
            " nói hai hạn khác nhau (hạn của cơ quan và hạn trả người dân). Nếu đúng"
            " vậy, bỏ dòng due trong phần [theirs.columns] của bảng ánh xạ."
        )
    return told
