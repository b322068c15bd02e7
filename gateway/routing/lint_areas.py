"""Maps from communes to an office's own numbers: holes, overlaps, numbers that differ in kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gateway.routing.catalogue import Catalogue, Office
from gateway.routing.communes import day_of
from gateway.routing.finding import Finding
from gateway.routing.lint import Places

#: Keys of a row that are no numbers of the office.
_ABOUT = {"commune", "from", "to", "filler", "source"}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a map, with its place in the office's list."""

    index: int
    commune: str
    since: date
    until: date
    numbers: Mapping[str, Any]

    def holds_on(self, day: date) -> bool:
        return self.since <= day <= self.until

    def meets(self, other: _Row) -> bool:
        return self.since <= other.until and other.since <= self.until


def numbers(
    content: Mapping[str, Any], catalogue: Catalogue, today: date
) -> Iterable[Finding]:
    """What is wrong with the map of each office that has one."""
    places = Places(content)
    for office in catalogue.offices.values():
        if "area" not in office.settings:
            continue
        found = [*_unreadable(office, places)]
        yield from found
        if found:
            continue  # nothing else could be told of its days
        rows = [_row(i, raw) for i, raw in enumerate(office.settings["area"])]
        yield from _overlaps(office, rows, places)
        yield from _missing(catalogue, office, rows, today, places)
        yield from _shared(office, rows, places)
        yield from _fillers(office, places)


def _row(index: int, raw: Mapping[str, Any]) -> _Row:
    return _Row(
        index=index,
        commune=str(raw["commune"]),
        since=day_of(raw["from"]),
        until=day_of(raw["to"]) if raw.get("to") else date.max,
        numbers={key: value for key, value in raw.items() if key not in _ABOUT},
    )


def _unreadable(office: Office, places: Places) -> Iterable[Finding]:
    for i, raw in enumerate(office.settings["area"]):
        try:
            row = _row(i, raw)
        except (KeyError, ValueError) as wrong:
            what = (
                f"thiếu {wrong}"
                if isinstance(wrong, KeyError)
                else f"ghi ngày sai: {_written(raw)}"
            )
        else:
            if row.since <= row.until:
                continue
            what = "to trước from"
        yield Finding(
            places.office(office.id, "area", i),
            f"Cơ quan {office.id}: một dòng địa bàn {what}",
            "Mỗi dòng cần commune và from; ngày viết năm-tháng-ngày, không ngoặc kép.",
        )


def _written(raw: Mapping[str, Any]) -> str:
    """What stands where days are to stand."""
    said = (f"{key} = {raw[key]}" for key in ("from", "to") if raw.get(key))
    return ", ".join(said)


def _overlaps(
    office: Office, rows: Sequence[_Row], places: Places
) -> Iterable[Finding]:
    """Two rows of a commune on one day: the first would silently win."""
    for i, row in enumerate(rows):
        for other in rows[:i]:
            if row.commune == other.commune and row.meets(other):
                day = max(row.since, other.since)
                yield Finding(
                    places.office(office.id, "area", row.index),
                    f"Cơ quan {office.id}: xã {row.commune} có hai dòng địa bàn cùng dùng"
                    f" ngày {day:%d/%m/%Y}",
                    "Ghi to cho dòng hết dùng.",
                )
                break


def _missing(
    catalogue: Catalogue,
    office: Office,
    rows: Sequence[_Row],
    today: date,
    places: Places,
) -> Iterable[Finding]:
    """Communes of the office without numbers on a day from today on."""
    never: dict[str, None] = {}
    for commune, day in sorted(_holes(catalogue, office, rows, today).items()):
        last = [row for row in rows if row.commune == commune]
        if not any(row.until >= today for row in last):
            never[commune] = None
            continue
        yield Finding(
            places.office(office.id, "area", last[-1].index),
            f"Cơ quan {office.id}: bảng địa bàn thiếu xã {commune} vào ngày"
            f" {day:%d/%m/%Y}; hồ sơ của xã đó không gửi được",
            "Sửa from, to của dòng này, hoặc thêm dòng cho thời gian còn thiếu.",
        )
    if never:
        yield Finding(
            places.office(office.id, "area", 0),
            f"Cơ quan {office.id}: bảng địa bàn thiếu xã {', '.join(never)}; hồ sơ của"
            " xã đó không gửi được",
            "Xin bảng mã của đơn vị rồi thêm [[office.area]].",
        )


def _holes(
    catalogue: Catalogue, office: Office, rows: Sequence[_Row], today: date
) -> dict[str, date]:
    """Commune → the first day on which the office is competent and has no number for it."""
    found: dict[str, date] = {}
    for rule in catalogue.rules:
        if rule.office != office.id:
            continue
        first, last = max(today, rule.valid_from), rule.valid_to or date.max
        # None named: everywhere.
        for commune in rule.communes or catalogue.areas.communes:
            own = [row for row in rows if row.commune == commune]
            turns = {first, *(r.since for r in own)}
            turns |= {r.until + _DAY for r in own if r.until < date.max}
            for unit in catalogue.areas.communes.get(commune, ()):
                begins = max(first, unit.since)
                ends = min(last, unit.until or date.max)
                for day in sorted({begins, *turns}):
                    if begins <= day <= ends and not any(r.holds_on(day) for r in own):
                        found[commune] = min(day, found.get(commune, day))
                        break
    return found


def mixed_kinds(content: Mapping[str, Any], catalogue: Catalogue) -> Iterable[Finding]:
    """A number here, a text there: one of them is not what the office takes.

    Which one its adapter knows, where it says so (``misfits``); elsewhere the rarer.
    """
    places = Places(content)
    for office in catalogue.offices.values():
        rows = office.settings.get("area", ())
        kinds: dict[str, Counter[type]] = {}
        for row in rows:
            for key in row.keys() - _ABOUT:
                kinds.setdefault(key, Counter())[type(row[key])] += 1
        for i, row in enumerate(rows):
            for key in sorted(row.keys() - _ABOUT):
                ((usual, _),) = kinds[key].most_common(1)
                if type(row[key]) is not usual:
                    yield Finding(
                        places.office(office.id, "area", i, key),
                        f"Cơ quan {office.id}: {key} của xã {row.get('commune')} là"
                        f" {_word(row[key])}, mà ở các xã khác thì không",
                        "Ghi mọi dòng như tài liệu của cơ quan: số, hoặc chữ trong ngoặc"
                        " kép (giữ số 0 đầu).",
                    )


def _word(value: object) -> str:
    return "chữ" if isinstance(value, str) else "số"


def _shared(office: Office, rows: Sequence[_Row], places: Places) -> Iterable[Finding]:
    """The same numbers for two communes: what comes back could be of either."""
    first: dict[str, list[_Row]] = {}
    for row in rows:
        same = first.setdefault(repr(sorted(row.numbers.items())), [])
        other = next(
            (o for o in same if o.commune != row.commune and o.meets(row)), None
        )
        same.append(row)
        if other:
            yield Finding(
                places.office(office.id, "area", row.index),
                f"Cơ quan {office.id}: xã {row.commune} và xã {other.commune} cùng một bộ"
                " số; hồ sơ cơ quan tự mở không rõ của xã nào",
                "Đối chiếu với bảng mã của đơn vị; đúng vậy thì để nguyên.",
                warning=True,
            )


def _fillers(office: Office, places: Places) -> Iterable[Finding]:
    """A filler that is not in its row: somebody meant another key."""
    for i, raw in enumerate(office.settings["area"]):
        for key in raw.get("filler", ()):
            if key not in raw:
                yield Finding(
                    places.office(office.id, "area", i, "filler"),
                    f"Cơ quan {office.id}: filler nêu {key}, mà dòng này không có {key}",
                    "Ghi tên khóa có số lấp chỗ trong chính dòng này.",
                )
