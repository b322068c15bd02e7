"""What of a mapping may be kept for another day, and how it reads the lists of that day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import SenderError
from gateway.reconciling.guessing import guess
from gateway.reconciling.headings import header_with
from gateway.reconciling.kinds import Side
from gateway.reconciling.mapping import NEEDED, SIDE_NAMES, SideMapping, dump, load
from gateway.reconciling.status_words import SHIPPED
from gateway.reconciling.values import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.ports.sheets import Table

#: Of a kept mapping: eight headings a side and a few hundred words are far less.
MAX_KEPT_CHARS = 20_000
#: Of one heading, word or name of an agency.
MAX_KEPT_NAME_CHARS = 100
#: So many digits are a number, a day or a telephone: a value of some dossier.
VALUE_DIGITS = 6


def keepable(text: str) -> str:
    """The part of a mapping that holds nothing of a row; empty: none of it may stay.

    Left out are comments, which may say anything, and words that nobody has
    explained: they are whole cells, of whatever column was taken for the status.

    Raises:
        SenderError: it is no mapping.
    """
    sides = load(text).sides
    names = [n for side in sides.values() for n in (side.name, *side.columns.values())]
    if not all(map(_is_name, names)):
        return ""
    kept = dump({side: _kept(one) for side, one in sides.items()}, _no_words())
    return kept if len(kept) <= MAX_KEPT_CHARS else ""


def keepable_one(side: SideMapping, which: Side) -> str:
    """The same of one list alone."""
    if not all(map(_is_name, (side.name, *side.columns.values()))):
        return ""
    kept = dump({which: _kept(side)}, {which: set()})
    return kept if len(kept) <= MAX_KEPT_CHARS else ""


def same(text: str, kept: str) -> bool:
    """Whether a mapping is the kept one, which nobody has changed since."""
    try:
        return bool(kept) and keepable(text) == kept
    except SenderError:
        return False


def _no_words() -> dict[Side, set[str]]:
    return {side: set() for side in Side}


def _is_name(text: str) -> bool:
    return (
        len(text) <= MAX_KEPT_NAME_CHARS
        and text.isprintable()
        and sum(character.isdigit() for character in text) < VALUE_DIGITS
    )


def _kept(side: SideMapping) -> SideMapping:
    words = {
        word
        for word in side.written
        if _is_name(word) and (side.standing(word) or phrase(word) in SHIPPED)
    }
    meanings = {phrase(word): side.standing(word) for word in words}
    return SideMapping(side.name, side.columns, meanings, frozenset(words))


def fitted(
    ours: Table, theirs: Table, kept: Mapping[Side, SideMapping]
) -> tuple[dict[Side, SideMapping], str]:
    """The kept mapping for these lists, and in words what of it did not fit.

    A side whose headings are others is told anew from its headings. It keeps the
    meanings of its words only where code and status are still called the same:
    under other headings the same word may come from another agency.

    Raises:
        SenderError: columns are in doubt, the remedy also says what did not fit; or
            each list has the other's headings.
    """
    tables = {Side.OURS: ours, Side.THEIRS: theirs}
    absent = {
        side: _absent(table, kept[side])
        for side, table in tables.items()
        if not _fits(table, list(kept[side].columns.values()))
    }
    if not absent:
        return dict(kept), ""
    if set(absent) == set(Side) and _swapped(tables, kept):
        raise SenderError(
            code="lists_swapped",
            remedy="Có thể đã chọn ngược hai tệp: tệp ở ô «một cửa» có các cột đã nhớ"
            " của cơ quan, tệp ở ô «cơ quan» có các cột đã nhớ của một cửa. Chọn lại hai"
            " tệp; nếu không ngược thì bấm «Bỏ bảng đã nhớ» rồi đối soát lại.",
        )
    misfit = " ".join(_said(side, names) for side, names in absent.items())
    fitting = {side: one for side, one in kept.items() if side not in absent}
    try:
        told = guess(ours, theirs, fitting)
    except SenderError as wrong:
        raise SenderError(code=wrong.code, remedy=f"{misfit} {wrong.remedy}") from wrong
    sides = {side: _renewed(told[side], kept[side]) for side in Side}
    lost = any(_own_words(kept[s]) and not sides[s].words for s in absent)
    words = "nghĩa các từ trạng thái đã nhớ không dùng cho tệp này"
    end = f"; {words}" if lost else ""
    return sides, f"{misfit} Cột đã được nhận lại theo tiêu đề, xem lại một lần{end}."


def _own_words(side: SideMapping) -> bool:
    """Whether somebody explained words that do not mean so anyway."""
    return any(SHIPPED.get(word) is not said for word, said in side.words.items())


def _fits(table: Table, names: list[str]) -> bool:
    return any(header_with(sheet, names) is not None for sheet in table.sheets)


def _swapped(tables: Mapping[Side, Table], kept: Mapping[Side, SideMapping]) -> bool:
    ours, theirs = (list(kept[side].columns.values()) for side in Side)
    return _fits(tables[Side.THEIRS], ours) and _fits(tables[Side.OURS], theirs)


def _absent(table: Table, side: SideMapping) -> list[str]:
    """The headings that are not there; all, where they only stand apart."""
    names = list(side.columns.values())
    return [name for name in names if not _fits(table, [name])] or names


def _said(side: Side, names: list[str]) -> str:
    return (
        f"Bảng đã nhớ không hợp với tệp của {SIDE_NAMES[side]}: không thấy"
        f" «{'», «'.join(names)}» ở hàng tiêu đề."
    )


def _renewed(told: SideMapping, kept: SideMapping) -> SideMapping:
    if all(phrase(told.columns[c]) == phrase(kept.columns[c]) for c in NEEDED):
        return SideMapping(kept.name, told.columns, kept.words, kept.written)
    return told
