"""The list of communes: what it includes, days that clash, changes that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from gateway.routing.communes import NATIONAL, Areas, Unit, day_of
from gateway.routing.finding import Finding

_DAY = timedelta(days=1)
_CHANGE_ANEW = "Sửa dòng [[change]] này, hoặc bỏ nếu danh mục quốc gia đã ghi."


def included(content: Mapping[str, Any], areas: Areas) -> Iterable[Finding]:
    """What is wrong with the list and with the province's own rows beside it."""
    yield from _included(content.get("national", {}))
    yield from _communes(content.get("communes", ()), areas)
    yield from _changes(content.get("changes", ()), areas)


def clashing(content: Mapping[str, Any]) -> Iterable[Finding]:
    """Rows of one code that hold on one day: nobody could tell which is meant.

    What cannot be read is told elsewhere.
    """
    shared = (content.get("national", {}).get("list") or {}).get("communes", ())
    own = list(_spans(content.get("communes", ())))
    replaced = {(code, since) for _, code, since, _ in own}
    known: dict[str, list[tuple[date, date]]] = {}
    for _, code, since, until in _spans(shared):
        if (code, since) not in replaced:
            known.setdefault(code, []).append((since, until))
    for i, code, since, until in own:
        for begins, ends in known.get(code, ()):
            if since <= ends and begins <= until:
                yield Finding(
                    ("communes", i),
                    f"Mã xã {code} có hai dòng cùng dùng ngày"
                    f" {max(since, begins):%d/%m/%Y}",
                    "Ghi to cho dòng hết dùng; thay dòng của danh mục quốc gia thì ghi"
                    " đúng from của dòng đó.",
                )
                break
        known.setdefault(code, []).append((since, until))


def _spans(rows: Sequence[Mapping[str, Any]]) -> Iterable[tuple[int, str, date, date]]:
    for i, row in enumerate(rows):
        try:
            since = date.min if row["from"] is None else day_of(row["from"])
            until = day_of(row["to"]) if row.get("to") else date.max
            yield i, str(row["code"]), since, until
        except (KeyError, ValueError):
            continue


def _communes(rows: Sequence[Mapping[str, Any]], areas: Areas) -> Iterable[Finding]:
    for i, code, since, until in _spans(rows):
        if until < since:
            yield Finding(
                ("communes", i, "to"),
                f"Mã xã {code}: to trước from, nên không ngày nào có xã này",
                "Sửa from hoặc to.",
            )
        elif until < date.max and not _goes_on(areas, code, until + _DAY):
            yield Finding(
                ("communes", i, "to"),
                f"Mã xã {code} hết dùng từ {until + _DAY:%d/%m/%Y} mà không ghi đã thành"
                " xã nào; hồ sơ ghi mã này sẽ chờ một cửa sửa",
                "Thêm [[change]] với old, on, new; xã tạm ngừng thật thì để nguyên.",
                warning=True,
            )


def _goes_on(areas: Areas, code: str, day: date) -> bool:
    """Whether something stands for a code of before from this day on."""
    changed = any(change.on == day for change in areas.changes.get(code, ()))
    return changed or areas.on(code, day) is not None


def _changes(rows: Sequence[Mapping[str, Any]], areas: Areas) -> Iterable[Finding]:
    seen: set[tuple[str, date]] = set()
    for i, row in enumerate(rows):
        old, on = str(row["old"]), day_of(row["on"])
        codes = [str(code) for code in row["new"]]
        if (old, on) in seen:
            yield Finding(
                ("changes", i, "old"),
                f"Xã cũ {old} có hai dòng thay đổi ngày {on:%d/%m/%Y}; chỉ một dòng có"
                " tác dụng",
                "Gộp mọi xã mới vào một dòng: new = [...].",
            )
        seen.add((old, on))
        yield from _old(i, old, on, areas)
        if not codes:
            yield Finding(
                ("changes", i, "new"),
                f"Xã cũ {old} không đổi thành xã nào",
                "Ghi mọi xã mới mà một phần của xã cũ thuộc về.",
            )
        for code in codes:
            yield from _new(i, old, code, on, areas)


def _old(i: int, old: str, on: date, areas: Areas) -> Iterable[Finding]:
    before = areas.on(old, on - _DAY)
    if old not in areas.communes:
        yield Finding(
            ("changes", i, "old"),
            f"Danh mục không có xã cũ {old}",
            "Sửa mã, hoặc thêm [[commune]] cho xã cũ với ngày cuối (to).",
            warning=True,
        )
    elif before is None:
        yield Finding(
            ("changes", i, "on"),
            f"Trước ngày {on:%d/%m/%Y} không có xã nào mang mã {old} để đổi",
            _CHANGE_ANEW,
        )
    elif _is_the_same(before, areas.on(old, on)):
        yield Finding(
            ("changes", i, "on"),
            f"Xã {old} đổi từ ngày {on:%d/%m/%Y} mà danh mục vẫn ghi xã này còn dùng",
            f"Ghi to = {on - _DAY} cho xã {old}; mã được dùng lại thì thêm một dòng"
            " [[commune]] nữa từ ngày đổi.",
        )


def _is_the_same(before: Unit, after: Unit | None) -> bool:
    return after is not None and before.since == after.since


def _new(i: int, old: str, code: str, on: date, areas: Areas) -> Iterable[Finding]:
    if code not in areas.communes:
        yield Finding(
            ("changes", i, "new"),
            f"Xã cũ {old} đổi thành {code}, mà danh mục không có xã {code}",
            "Sửa mã, hoặc thêm [[commune]] cho xã này.",
        )
    elif areas.on(code, on) is None:
        yield Finding(
            ("changes", i, "new"),
            f"Xã cũ {old} đổi thành {code}, mà ngày {on:%d/%m/%Y} không có xã mang mã"
            f" {code}",
            "Sửa mã hoặc ngày; xã mới phải dùng được từ ngày đổi.",
        )


def _included(said: Mapping[str, Any]) -> Iterable[Finding]:
    name, province = said.get("include"), said.get("province")
    if name is None and province is not None:
        yield Finding(
            ("national", "province"),
            "province không có tác dụng khi không ghi include",
            f'Thêm include = "{NATIONAL}", hoặc bỏ dòng này.',
        )
    elif name is not None and name != NATIONAL:
        yield Finding(
            ("national", "include"),
            f"Không có danh mục xã «{name}»",
            f'Ghi include = "{NATIONAL}".',
        )
    elif name is not None and not said.get("list", {}).get("communes"):
        what = f"không có tỉnh mã {province!r}" if province else "chưa ghi tỉnh"
        yield Finding(
            ("national", "province") if province else ("national", "include"),
            f"Danh mục quốc gia: {what}",
            'Ghi mã tỉnh hiện nay, hai chữ số trong ngoặc kép: province = "01".',
        )
