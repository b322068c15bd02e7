"""Commands on the working calendar."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from gateway.cli import processes
from gateway.cli.client import call
from gateway.cli.frame import Json, Reason, fail, sure, told
from gateway.cli.show import as_json, day, errors, line, pairs, table
from gateway.cli.steering import must_hold, plain, tell

calendar = typer.Typer(
    no_args_is_help=True, help="Lịch làm việc: ngày nghỉ, ngày làm bù, giờ làm việc."
)
Year = Annotated[int, typer.Argument(help="Năm; trống là năm nay.")]
Unit = Annotated[str, typer.Option("--unit", help="Lịch của một đơn vị.")]
File = Annotated[
    Path, typer.Argument(help="Tệp lịch, tên là năm: config/calendar/2027.toml.")
]
OfYear = Annotated[
    str, typer.Option("--year", help="Năm của tệp, khi tên tệp không phải năm.")
]
Folder = Annotated[
    Path, typer.Option("--folder", help="Thư mục cấu hình, để biết mã các đơn vị.")
]
Confirm = Annotated[
    bool, typer.Option("--confirm", help="Áp dụng luôn, không hỏi lại.")
]
_KINDS = {"off": "nghỉ", "worked": "làm bù", "half": "làm một phần ngày"}


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(calendar, name="calendar")


@calendar.command("show")
@told
def calendar_show(year: Year = 0, unit: Unit = "", json_: Json = False) -> None:
    """Giờ làm việc, ngày nghỉ, ngày làm bù của một năm, kèm căn cứ."""
    answer = call("GET", f"/v1/calendar?year={year}&unit={quote(unit)}")
    if json_:
        as_json(answer)
        return
    of = answer["unit_name"] or answer["unit"] or "toàn tỉnh"
    pairs(
        [
            ("Lịch năm", answer["year"]),
            ("Của", of),
            ("Năm có dữ liệu", ", ".join(map(str, answer["years"])) or "chưa năm nào"),
            ("Một ngày đủ", f"{answer['full_day_minutes']} phút"),
            *((row["weekday"], row["hours"]) for row in answer["week"]),
        ]
    )
    for note in answer["notes"]:
        errors.print(f"{note[:1].upper()}{note[1:]}.", style="yellow", markup=False)
    table(
        "Ngày khác ngày thường",
        ["Ngày", "Thứ", "Là", "Tên", "Giờ làm việc", "Căn cứ", "Đối chiếu"],
        [
            (
                *(day(row["day"]), row["weekday"], _KINDS[row["kind"]], row["name"]),
                *(row["hours"], row["basis"], _checked(row)),
            )
            for row in answer["days"]
        ],
    )


def _checked(row: dict[str, Any]) -> str:
    if row["predicted"]:
        return "dự kiến"
    return "đã đối chiếu" if row["verified"] else "chưa đối chiếu"


@calendar.command("check")
@told
def calendar_check(
    file: File,
    year: OfYear = "",
    folder: Folder = Path("config"),
    json_: Json = False,
) -> None:
    """Kiểm tra một tệp lịch, không cần cổng; mã thoát 1 khi có lỗi."""
    found = processes.check_calendar(file, year or file.stem, folder)
    wrong = sum(not one.finding.warning for one in found)
    if json_:
        as_json({"valid": not wrong, "findings": [plain(one) for one in found]})
        raise typer.Exit(bool(wrong))
    tell(found)
    must_hold(found)
    line(f"Lịch trong {file} hợp lệ, {len(found)} lời nhắc.")


@calendar.command("import")
@told
def calendar_import(
    file: File,
    reason: Reason,
    year: OfYear = "",
    folder: Folder = Path("config"),
    confirm: Confirm = False,
    json_: Json = False,
) -> None:
    """Thay lịch một năm: cho xem những gì thay đổi, rồi áp dụng khi được xác nhận."""
    found = processes.check_calendar(file, year or file.stem, folder)
    tell(found)
    must_hold(found)
    content = processes.calendar_content(file)
    body = {"year": year or file.stem, "calendar": content, "reason": reason}
    where = "/v1/calendar/import"
    preview = call("POST", where, role="administrator", body=body)
    if not json_:
        _changes(preview)
    if preview["same"]:
        if json_:
            as_json(preview)
        return
    if not (confirm or (not json_ and _sure(preview))):
        if json_:
            as_json(preview)
            return
        fail("Chưa áp dụng gì. Thêm --confirm để áp dụng.")
    body["confirm"] = preview["digest"]
    done = call("POST", where, role="administrator", body=body)
    if json_:
        as_json(done)
        return
    line(f"Đã áp dụng lịch năm {done['year']}, phiên bản cấu hình {done['version']}.")


def _sure(preview: dict[str, Any]) -> bool:
    return sure(f"Áp dụng lịch năm {preview['year']}?")


def _changes(preview: dict[str, Any]) -> None:
    if preview["same"]:
        line("Không có gì thay đổi.")
        return
    if not preview["changes"]:
        line("Không ngày nào đổi; chỉ đổi tên, căn cứ hoặc dấu đã đối chiếu.")
    for of in preview["changes"]:
        line(f"{of['unit_name'] or of['unit'] or 'Toàn tỉnh'}:", style="bold")
        for row in of["week"]:
            line(f"  {row['weekday']} hằng tuần: {row['before']} → {row['after']}")
        for row in of["days"]:
            name = f" ({row['name']})" if row["name"] else ""
            told_day = f"{row['weekday']} {day(row['day'])}"
            line(f"  {told_day}: {row['before']} → {row['after']}{name}")
    if "effect" in preview:
        _effect(preview["effect"])


def _effect(effect: dict[str, Any]) -> None:
    """Dates of open dossiers that move, and promises that have to be told anew."""
    among = f"trong {effect['looked_at']} hồ sơ đang giải quyết"
    first = " đầu tiên" if effect["more"] else ""
    line(f"Ngày hạn thay đổi: {effect['moved']} ({among}{first}).", style="bold")
    for row in effect["dates"]:
        was, now = day(row["was"]) or "chưa có", day(row["now"]) or "chưa có"
        line(
            f"  {row['dossier_id']} {row['office_name']}, {row['label']}: {was} → {now}"
        )
    if effect["promises_moved"]:
        line(
            f"Hẹn trả rơi vào ngày nghỉ: {effect['promised_on_days_off']} hồ sơ, cần báo"
            " người nộp. Ngày đã hẹn giữ nguyên, thời hạn tính đến ngày làm việc kế tiếp:",
            style="bold",
        )
        for row in effect["promises"]:
            told, was, now = day(row["due_on"]), day(row["was"]), day(row["now"])
            line(f"  {row['dossier_id']}: hẹn {told}, tính đến {was} → {now}")
