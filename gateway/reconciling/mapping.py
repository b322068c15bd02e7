"""How the two lists of a pair of sources are read: columns and status words, as TOML."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.domain.errors import SenderError
from gateway.domain.unreadable import unreadable
from gateway.reconciling.kinds import Column, Side, Standing
from gateway.reconciling.status_words import SHIPPED
from gateway.reconciling.values import phrase, text_of

UNCLEAR = "unclear"
MAX_CHARS = 100_000
SIDE_NAMES = {Side.OURS: "một cửa", Side.THEIRS: "cơ quan"}
COLUMN_NAMES = {
    Column.CODE: "mã hồ sơ",
    Column.STATUS: "trạng thái",
    Column.RECEIVED: "ngày tiếp nhận",
    Column.DUE: "ngày hẹn trả",
    Column.ENDED: "ngày kết thúc",
    Column.PLACE: "hồ sơ đang ở",
    Column.APPLICANT: "chủ hồ sơ",
    Column.NOTE: "ghi chú",
}
STANDING_NAMES = {
    Standing.OPEN: "đang giải quyết",
    Standing.WAITING: "chờ người dân bổ sung hoặc nộp tiền",
    Standing.FINISHED: "đã giải quyết xong",
    Standing.REFUSED: "từ chối",
    Standing.WITHDRAWN: "người nộp rút hồ sơ",
}
NEEDED = (Column.CODE, Column.STATUS)


@dataclass(frozen=True, slots=True)
class SideMapping:
    """How one list is read."""

    name: str
    columns: Mapping[Column, str]
    words: Mapping[str, Standing | None] = field(default_factory=dict)
    #: phrase → what it says; None: left unclear on purpose
    written: frozenset[str] = frozenset()
    #: the same words as a person wrote them

    def standing(self, word: str) -> Standing | None:
        """What a status word says; None: nobody has told."""
        key = phrase(word)
        return self.words[key] if key in self.words else SHIPPED.get(key)


@dataclass(frozen=True, slots=True)
class SheetMapping:
    """Both sides, and the text that a person may have written."""

    sides: Mapping[Side, SideMapping]
    text: str


def _wrong(what: str) -> SenderError:
    return SenderError(
        code="mapping_invalid", remedy=f"Bảng ánh xạ cột chưa đúng: {what}."
    )


def load(text: str) -> SheetMapping:
    """A mapping from its TOML.

    Raises:
        SenderError: it is no TOML, or names what there is not.
    """
    if len(text) > MAX_CHARS:
        raise _wrong("tệp quá dài")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise _wrong(unreadable(wrong)) from wrong
    if set(raw) != set(map(str, Side)):
        raise _wrong("cần đúng hai phần [ours] (một cửa) và [theirs] (cơ quan)")
    return SheetMapping({side: _side(side, raw[side]) for side in Side}, text)


def load_one(text: str, side: Side) -> SideMapping:
    """One side of a mapping; the other may be there and does not matter.

    Raises:
        SenderError: it is no TOML, lacks the side, or names what there is not.
    """
    if len(text) > MAX_CHARS:
        raise _wrong("tệp quá dài")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise _wrong(unreadable(wrong)) from wrong
    if side not in raw or set(raw) - set(map(str, Side)):
        raise _wrong(f"cần phần [{side}] ({SIDE_NAMES[side]})")
    return _side(side, raw[side])


def _side(side: Side, raw: Any) -> SideMapping:
    if not isinstance(raw, dict) or set(raw) - {"name", "columns", "status"}:
        raise _wrong(f"[{side}] chỉ có name, [{side}.columns] và [{side}.status]")
    columns, status = raw.get("columns", {}), raw.get("status", {})
    if not isinstance(columns, dict) or set(columns) - set(map(str, Column)):
        known = ", ".join(Column)
        raise _wrong(f"[{side}.columns] chỉ nhận {known}")
    if missing := [name for name in NEEDED if name not in columns]:
        raise _wrong(f"[{side}.columns] thiếu {', '.join(missing)}")
    return SideMapping(
        text_of(str(raw.get("name", SIDE_NAMES[side]))),
        {Column(key): text_of(str(name)) for key, name in columns.items()},
        _words(side, status),
        frozenset(str(word) for words in status.values() for word in words),
    )


def _words(side: Side, status: Any) -> dict[str, Standing | None]:
    known = {*map(str, Standing), UNCLEAR}
    if not isinstance(status, dict) or set(status) - known:
        raise _wrong(f"[{side}.status] chỉ nhận {', '.join([*Standing, UNCLEAR])}")
    found: dict[str, Standing | None] = {}
    for name, words in status.items():
        if not isinstance(words, list):
            raise _wrong(f'[{side}.status] {name} phải là danh sách ["…", "…"]')
        for word in words:
            key = phrase(str(word))
            meaning = None if name == UNCLEAR else Standing(name)
            if found.setdefault(key, meaning) is not meaning:
                raise _wrong(f"[{side}.status] từ «{word}» đứng ở hai dòng")
    return found


def dump(sides: Mapping[Side, SideMapping], words: Mapping[Side, set[str]]) -> str:
    """The TOML of a mapping, with the status words that were met, each explained."""
    lines = [
        "# Cách đọc hai danh sách khi đối soát. Lần sau dùng lại tệp này mà không hỏi.",
        "# Sửa được bằng trình soạn thảo văn bản; lưu ở dạng UTF-8.",
    ]
    for side, mapping in sides.items():
        lines += ["", f"[{side}]", f"name = {_quoted(mapping.name)}"]
        lines += ["", f"[{side}.columns]"]
        lines += [
            f"{column} = {_quoted(mapping.columns[column])}  # {name}"
            for column, name in COLUMN_NAMES.items()
            if column in mapping.columns
        ]
        lines += ["", f"[{side}.status]", *_explained(mapping, words[side])]
    return "\n".join(lines) + "\n"


def _explained(mapping: SideMapping, words: set[str]) -> list[str]:
    by: dict[Standing | None, list[str]] = {standing: [] for standing in Standing}
    by[None] = []
    once = {
        phrase(word): word
        for word in sorted(words | mapping.written, reverse=True)
        if phrase(word)
    }
    for _, word in sorted(once.items()):
        by[mapping.standing(word)].append(_quoted(word))
    lines = [
        f"{standing} = [{', '.join(by[standing])}]  # {STANDING_NAMES[standing]}"
        for standing in Standing
    ]
    if by[None]:
        lines.append("# Chưa rõ nghĩa: chuyển từng từ lên dòng đúng nghĩa ở trên.")
        lines.append(f"{UNCLEAR} = [{', '.join(by[None])}]")
    return lines


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
