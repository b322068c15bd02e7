"""The report of a month as sheets; every table with its definition above it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.ports.sheets import Page
from gateway.reports.months import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NOTHING = "–"
_TITLES = {
    "unit": ("Theo đơn vị", "Đơn vị tiếp nhận"),
    "procedure": ("Theo thủ tục", "Thủ tục"),
    "lead": ("Theo cơ quan", "Cơ quan giải quyết"),
}
_ENDED = (
    *("Kết thúc", "Trước hạn", "Đúng hạn", "Quá hạn", "Không có ngày hẹn"),
    *("Kết thúc bằng tay", "Trong hạn (%)", "Theo Cổng (%)"),
    *("Quá hạn trên hệ thống, đã giải quyết xong", "Lượt bổ sung"),
)
_FIELDS = (
    *("ended", "early", "on_time", "late", "no_date", "by_hand", "percent"),
    *("portal_percent", "falsely_late", "supplements"),
)


def pages(found: Mapping[str, Any]) -> list[Page]:
    """All sheets of a report."""
    return [
        _whole(found),
        *(_group(found, of) for of in _TITLES),
        _own_time(found),
        _clocks(found),
        _causes(found),
        _charged(found),
        _open(found),
        *_one_stop(found),
    ]


def _cell(value: Any) -> str | int | float:
    if value is None:
        return NOTHING
    return value if isinstance(value, int | float) else str(value)


def _cells(row: Mapping[str, Any], fields: Sequence[str]) -> list[str | int | float]:
    return [_cell(row[name]) for name in fields]


def _lines(found: Mapping[str, Any], title: str, *of: str) -> list[str]:
    """What stands above a table: what it is, and what its figures mean."""
    definitions = found["definitions"]
    head = f"{title}, tháng {in_words(found['month'])}"
    note = [found["note"]] if found["note"] else []
    return [head, *note, *(definitions[name] for name in (*of, "percent"))]


def _whole(found: Mapping[str, Any]) -> Page:
    names = dict(zip(_FIELDS, _ENDED, strict=True))
    rows = [[names[name], _cell(found["total"][name])] for name in _FIELDS]
    rows += [[words, ""] for words in _sentences(found)]
    return Page(
        title="Tổng hợp",
        headings=("Số liệu", "Cả tháng"),
        rows=rows,
        lines=_lines(found, "Báo cáo giải quyết hồ sơ liên thông", *_WHOLE),
        widths=(70, 14),
    )


_WHOLE = ("judged", "portal", "falsely_late", "supplements")


def _sentences(found: Mapping[str, Any]) -> Iterator[str]:
    yield found["portal"]["sentence"]
    yield from found["not_counted"]["sentences"]
    if restated := found.get("restated"):
        yield restated["sentence"]


def _group(found: Mapping[str, Any], of: str) -> Page:
    title, heading = _TITLES[of]
    rows = [
        [row["id"] or NOTHING, row["name"], *_cells(row, _FIELDS)]
        for row in found["groups"][of]
    ]
    rows.append(["Cộng", "", *_cells(found["total"], _FIELDS)])
    return Page(
        title=title,
        headings=("Mã", heading, *_ENDED),
        rows=rows,
        lines=_lines(found, title, "judged", "portal", "falsely_late"),
        widths=(20, 45),
    )


def _own_time(found: Mapping[str, Any]) -> Page:
    own = found["own_time"]
    fields = ("name", "dossiers", "hours", "percent", "average_hours")
    rows = [_cells(row, (*fields, "corrected_hours")) for row in own["rows"]]
    whole = 100.0 if own["rows"] else NOTHING
    rows.append(["Cộng", "", own["hours"], whole, "", own["hours"]])
    return Page(
        title="Thời gian từng bên",
        headings=(
            *("Bên", "Hồ sơ", "Giờ làm việc", "Tỷ trọng (%)"),
            *("Giờ bình quân một hồ sơ", "Giờ sau quyết định"),
        ),
        rows=rows,
        lines=_lines(found, "Hồ sơ ở bên nào bao lâu", "own_time"),
        widths=(50,),
    )


def _clocks(found: Mapping[str, Any]) -> Page:
    fields = ("name", "label", "early", "on_time", "late", "percent", "used_hours")
    return Page(
        title="Phần việc từng cơ quan",
        headings=(
            *("Cơ quan", "Thời hạn", "Trước hạn", "Đúng hạn", "Quá hạn"),
            *("Trong hạn (%)", "Giờ đã dùng", "Giờ được dùng"),
        ),
        rows=[_cells(row, (*fields, "budget_hours")) for row in found["clocks"]],
        lines=_lines(found, "Từng cơ quan giải quyết phần việc của mình", "clocks"),
        widths=(45, 30),
    )


def _causes(found: Mapping[str, Any]) -> Page:
    fields = ("name", "label", "dossiers", "percent", *_STANDS)
    rows = [_cells(row, fields) for row in found["causes"]]
    sums = [sum(row[name] for row in found["causes"]) for name in _STANDS]
    rows.append(["Cộng", "", found["total"]["late"], "", *sums])
    return Page(
        title="Nguyên nhân quá hạn",
        headings=(
            *("Cơ quan", "Thời hạn bị vượt", "Hồ sơ", "Tỷ trọng (%)"),
            *_STANDS.values(),
        ),
        rows=rows,
        lines=_lines(found, "Hồ sơ quá hạn theo nguyên nhân", "causes", "standing"),
        widths=(45, 35),
    )


#: How far it is settled to whom a lateness is counted; together they are all late ones.
_STANDS = {
    "settled": "Đã chốt",
    "may_object": "Còn hạn nêu ý kiến",
    "under_review": "Đang xem xét ý kiến",
    "untold": "Chưa báo được cho cơ quan",
    "moved": "Tính cho bên khác theo quyết định",
    "unnamed": "Không nêu cơ quan nào",
}


def _charged(found: Mapping[str, Any]) -> Page:
    """As measured and as decided, side by side."""
    counts = ("measured", "corrected", *list(_STANDS)[:4])
    charged = found["charged"]
    rows = [_cells(row, ("name", *counts)) for row in charged["rows"]]
    rows.append(["Cộng", *_cells(charged["total"], counts)])
    return Page(
        title="Chậm tính cho bên nào",
        headings=("Bên", "Theo đo đếm", "Sau quyết định", *list(_STANDS.values())[:4]),
        rows=rows,
        lines=_lines(found, "Hồ sơ quá hạn tính cho bên nào", "charged", "standing"),
        widths=(50,),
    )


def _open(found: Mapping[str, Any]) -> Page:
    fields = ("name", "open", "overdue", "no_date")
    rows = [_cells(row, fields) for row in found["open"]["rows"]]
    rows.append(["Cộng", *_cells(found["open"], fields[1:])])
    return Page(
        title="Đang giải quyết",
        headings=("Cơ quan", "Trong hạn", "Quá hạn", "Không có ngày hẹn"),
        rows=rows,
        lines=_lines(found, "Hồ sơ đang giải quyết", "open"),
        widths=(45,),
    )


def _one_stop(found: Mapping[str, Any]) -> Iterator[Page]:
    compared = found["one_stop"]
    if compared is None:
        return
    rows = [
        [row["unit"], row["procedure"] or row["procedure_name"], *_both(row)]
        for row in compared["rows"]
    ]
    rows.append(["Cộng", "", *_both(compared["total"])])
    yield Page(
        title="So với một cửa",
        headings=(
            *("Đơn vị", "Thủ tục", "Một cửa tiếp nhận", "Một cửa kết thúc"),
            *("Một cửa trong hạn (%)", "Cổng: kết thúc", "Cổng: trong hạn (%)"),
            *("Chênh số hồ sơ", "Chênh điểm", "Vì sao"),
        ),
        rows=rows,
        lines=_lines(found, "So với số một cửa tự đếm", "one_stop"),
        widths=(25, 25, 12, 12, 12, 12, 12, 12, 12, 60),
    )


def _both(row: Mapping[str, Any]) -> list[str | int | float]:
    there, here = row["one_stop"], row["gateway"]
    return [
        *_cells(there, ("received", "ended", "percent")),
        *_cells(here, ("ended", "percent")),
        *_cells(row, ("ended_difference", "percent_difference")),
        "; ".join(row["reasons"]),
    ]
