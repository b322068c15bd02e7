"""Commands on maintenance windows of agencies."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, Reason, path, told
from gateway.cli.show import as_json, errors, moment, pairs, table
from gateway.console import labels

maintenance = typer.Typer(no_args_is_help=True, help="Bảo trì của cơ quan nhận.")
Identifier = Annotated[str, typer.Argument(help="Mã đợt bảo trì, xem list.")]
Office = Annotated[str, typer.Option("--office", help="Mã đơn vị nhận.")]
Agency = Annotated[str, typer.Option("--agency", help="Mọi đơn vị của một ngành.")]
From = Annotated[str, typer.Option("--from", help="Lúc bắt đầu; trống là bây giờ.")]
To = Annotated[str, typer.Option("--to", help="Lúc kết thúc (2026-03-14T22:00).")]
Weekday = Annotated[
    list[str], typer.Option("--weekday", help="Định kỳ: saturday, sunday… (lặp lại).")
]
Week = Annotated[
    list[int], typer.Option("--week", help="Tuần của tháng: 1–4, -1 là cuối tháng.")
]
MonthDay = Annotated[list[int], typer.Option("--month-day", help="Ngày hằng tháng.")]
Hours = Annotated[str, typer.Option("--hours", help="Giờ định kỳ, 22:00-02:00.")]
Since = Annotated[str, typer.Option("--valid-from", help="Định kỳ từ ngày.")]
Until = Annotated[str, typer.Option("--valid-to", help="Định kỳ đến hết ngày.")]
Announced = Annotated[
    str, typer.Option("--announced", help="Ngày cơ quan báo; trống là hôm nay.")
]
By = Annotated[str, typer.Option("--announced-by", help="Cơ quan báo.")]
Reference = Annotated[str, typer.Option("--reference", help="Số văn bản báo.")]
Past = Annotated[bool, typer.Option("--past", help="Cả các đợt đã qua.")]
Whole = Annotated[
    bool, typer.Option("--whole", help="Bỏ cả lịch định kỳ, không chỉ đợt này.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(maintenance, name="maintenance")


@maintenance.command("list")
@told
def maintenance_list(past: Past = False, json_: Json = False) -> None:
    """Các đợt bảo trì đang diễn ra và sắp tới."""
    answer = call("GET", "/v1/maintenance" + ("?past=true" if past else ""))
    if json_:
        as_json(answer)
        return
    table(
        "Bảo trì của cơ quan nhận",
        ["Mã", "Đơn vị", "Lúc nào", "Lý do", "Tình trạng"],
        [
            (row["id"], _whom(row), row["words"], row["reason"], _state(row))
            for row in answer["maintenance"]
        ],
    )


def _whom(row: dict[str, Any]) -> str:
    if row["office"]:
        return str(row["office_name"] or row["office"])
    return f"cả ngành {labels.AGENCIES.get(row['agency'], row['agency'])}"


def _state(row: dict[str, Any]) -> str:
    if row["next"] is None:
        return "đã qua"
    if row["running"]:
        return f"đang diễn ra, đến {moment(row['next']['to'])}"
    return f"sắp tới, {moment(row['next']['from'])}"


@maintenance.command("add")
@told
def maintenance_add(  # noqa: PLR0913, PLR0917  each is an option
    reason: Reason,
    office: Office = "",
    agency: Agency = "",
    from_: From = "",
    to: To = "",
    weekday: Weekday = [],  # noqa: B006  the parser copies it
    week: Week = [],  # noqa: B006
    month_day: MonthDay = [],  # noqa: B006
    hours: Hours = "",
    valid_from: Since = "",
    valid_to: Until = "",
    announced: Announced = "",
    announced_by: By = "",
    reference: Reference = "",
    json_: Json = False,
) -> None:
    """Ghi một đợt bảo trì: một lần (--to), hoặc định kỳ (--weekday/--month-day)."""
    rule = _given(
        {"weekdays": weekday, "weeks": week, "days": month_day, "hours": hours}
        | {"from": valid_from, "to": valid_to}
    )
    body = {
        "office": office,
        "agency": agency,
        "reason": reason,
        "from": from_,
        "to": to,
        "announced_on": announced,
        "announced_by": announced_by,
        "reference": reference,
        "rule": rule,
    }
    answer = call("POST", "/v1/maintenance", role="administrator", body=_given(body))
    if json_:
        as_json(answer)
        return
    _show(answer)
    for warning in answer["warnings"]:
        errors.print(warning["words"], style="yellow", markup=False)


@maintenance.command("end")
@told
def maintenance_end(
    identifier: Identifier, reason: Reason, whole: Whole = False
) -> None:
    """Kết thúc đợt đang diễn ra, hoặc bỏ đợt chưa đến."""
    body = {"reason": reason, "whole": whole}
    where = path("v1", "maintenance", identifier, "end")
    _show(call("POST", where, role="administrator", body=body))


@maintenance.command("change")
@told
def maintenance_change(identifier: Identifier, to: To, reason: Reason) -> None:
    """Đổi lúc kết thúc của đợt bảo trì."""
    body = {"reason": reason, "to": to}
    where = path("v1", "maintenance", identifier, "change")
    _show(call("POST", where, role="administrator", body=body))


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _show(row: dict[str, Any]) -> None:
    pairs(
        [
            ("Mã", row["id"]),
            ("Đơn vị", _whom(row)),
            ("Lúc nào", row["words"]),
            ("Lý do", row["reason"]),
            ("Tình trạng", _state(row)),
        ]
    )
