"""Commands on reports of months, and on what a unit has due soon."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from gateway.cli.client import call, fetch
from gateway.cli.frame import Json, path, told
from gateway.cli.saving import save
from gateway.cli.show import as_json, day, line, moment, pairs, table
from gateway.cli.submitting import read_json
from gateway.reports.definitions import decimal, percent_words
from gateway.reports.months import in_words

report = typer.Typer(no_args_is_help=True, help="Báo cáo tháng và hồ sơ sắp đến hạn.")
Month = Annotated[str, typer.Argument(help="Tháng: 2026-03.")]
Unit = Annotated[str, typer.Argument(help="Mã đơn vị tiếp nhận.")]
Days = Annotated[int, typer.Option("--days", help="Số ngày làm việc tới.")]
Out = Annotated[Path, typer.Option("--out", help="Tệp ghi ra.")]
#: The role whose generated key is used in mock mode.
HEAD = "head"


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(report, name="report")


@report.command("show")
@told
def report_show(month: Month, json_: Json = False) -> None:
    """Báo cáo một tháng: trong hạn, quá hạn, chênh với Cổng, ở bên nào bao lâu."""
    found = call("GET", path("v1", "reports", month))
    if json_:
        as_json(found)
        return
    whole = found["total"]
    pairs(
        [
            ("Báo cáo tháng", in_words(found["month"])),
            ("", found["note"]),
            ("Kết thúc", str(whole["ended"])),
            ("Trong hạn", f"{whole['in_time']} ({percent_words(whole['percent'])})"),
            ("Quá hạn", str(whole["late"])),
            ("Đã xong, quá hạn trên hệ thống", str(whole["falsely_late"])),
            ("Lượt bổ sung", str(whole["supplements"])),
            ("So với Cổng", found["portal"]["sentence"]),
            ("Đang giải quyết", str(found["not_counted"]["open"])),
        ]
    )
    for title, of in (("Theo đơn vị", "unit"), ("Theo cơ quan", "lead")):
        _group(title, found["groups"][of])
    table(
        "Ở bên nào bao lâu",
        ["Bên", "Hồ sơ", "Giờ làm việc", "Tỷ trọng"],
        [
            (
                *(row["name"], str(row["dossiers"]), decimal(row["hours"])),
                percent_words(row["percent"]),
            )
            for row in found["own_time"]["rows"]
        ],
    )
    for sentence in found["not_counted"]["sentences"]:
        line(sentence)
    if found["restated"]:
        line(found["restated"]["sentence"], style="bold")
    line(found["definitions"]["judged"], style="dim")


def _group(title: str, rows: list[dict[str, Any]]) -> None:
    table(
        title,
        ["Tên", "Kết thúc", "Trước hạn", "Đúng hạn", "Quá hạn", "Trong hạn", "Cổng"],
        [
            (
                row["name"],
                *(str(row[n]) for n in ("ended", "early", "on_time", "late")),
                percent_words(row["percent"]),
                percent_words(row["portal_percent"]),
            )
            for row in rows
        ],
    )


@report.command("xlsx")
@told
def report_xlsx(month: Month, out: Out = Path("bao-cao.xlsx")) -> None:
    """Báo cáo một tháng thành tệp .xlsx, mỗi bảng một trang."""
    save(out, fetch(path("v1", "reports", f"{month}.xlsx")))
    line(f"Đã ghi {out}.")


@report.command("issue")
@told
def report_issue(month: Month, json_: Json = False) -> None:
    """Chốt báo cáo một tháng: giữ nguyên số liệu, thay đổi về sau được nêu riêng."""
    made = call("POST", path("v1", "reports", month, "issue"), role=HEAD)
    if json_:
        as_json(made)
        return
    at = moment(made["issued_at"])
    line(
        f"Đã chốt báo cáo tháng {in_words(made['month'])}, lần {made['number']}, {at}."
    )


@report.command("restated")
@told
def report_restated(month: Month, json_: Json = False) -> None:
    """Các hồ sơ đổi từ khi báo cáo được chốt, từng hồ sơ vì sao."""
    where, rows, after = path("v1", "reports", month, "restated"), [], ""
    while True:
        found = call("GET", f"{where}?after={quote(after)}" if after else where)
        rows += found["dossiers"]
        after = found["after"] or ""
        if not after:
            break
    if json_:
        as_json({**found, "dossiers": rows})
        return
    table(
        f"Hồ sơ đổi từ khi chốt lần {found['issued']['number']}",
        ["Hồ sơ", "Lúc chốt", "Nay", "Vì sao"],
        [(row["number"], row["was_text"], row["now_text"], row["why"]) for row in rows],
    )


@report.command("one-stop")
@told
def report_one_stop(
    month: Month,
    file: Annotated[
        Path,
        typer.Argument(help='Tệp JSON: {"sender": …, "counts": [{"unit": …}, …]}.'),
    ],
    json_: Json = False,
) -> None:
    """Nhập số liệu một cửa tự đếm của tháng, để báo cáo nêu chênh lệch."""
    content = read_json(file)
    done = call("PUT", path("v1", "reports", month, "one-stop"), body=content)
    if json_:
        as_json(done)
        return
    line(f"Đã nhập {len(done['counts'])} dòng số liệu của một cửa.")


@report.command("due-mails")
@told
def report_due_mails(json_: Json = False) -> None:
    """Thư hằng tuần về hồ sơ sắp đến hạn: đơn vị nào đã gửi, chưa gửi vì sao."""
    found = call("GET", path("v1", "due-mails"))
    if json_:
        as_json(found)
        return
    if found["week"] is None:
        line("Cổng không gửi thư hằng tuần.")
        return
    table(
        f"Thư tuần từ {day(found['week'])}",
        ["Mã", "Đơn vị", "Thư", "Hồ sơ", "Quá hạn", "Lúc"],
        [
            (
                *(row["target"], row["name"], row["state_text"]),
                *(str(row["dossiers"]), str(row["overdue"]), moment(row["at"])),
            )
            for row in found["letters"]
        ],
    )


@report.command("due-mail")
@told
def report_due_mail(
    target: Annotated[str, typer.Argument(help="Mã đơn vị tiếp nhận, hoặc một cửa.")],
    one_stop: Annotated[
        bool, typer.Option("--one-stop", help="Mã là của hệ thống một cửa.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Gửi lại dù thư trước đã đi hoặc chưa rõ.")
    ] = False,
    json_: Json = False,
) -> None:
    """Gửi ngay thư tuần này cho một đơn vị hoặc một cửa."""
    body = {"one_stop" if one_stop else "unit": target, "again": again}
    sent = call("POST", path("v1", "due-mails"), body=body)
    if json_:
        as_json(sent)
        return
    line(f"Đã gửi {sent['name']}: {sent['dossiers']} hồ sơ.")


@report.command("due-soon")
@told
def report_due_soon(
    unit: Unit,
    days: Days = 5,
    docx: Annotated[
        Path | None, typer.Option("--docx", help="Ghi danh sách thành tệp Word.")
    ] = None,
    json_: Json = False,
) -> None:
    """Hồ sơ sắp đến hạn và đã quá hạn của một đơn vị, theo nơi hồ sơ đang ở."""
    where = path("v1", "units", unit, "due-soon")
    if docx is not None:
        save(docx, fetch(f"{where}.docx?days={days}"))
        line(f"Đã ghi {docx}.")
        return
    found = call("GET", f"{where}?days={days}")
    if json_:
        as_json(found)
        return
    for here in found["offices"]:
        table(
            f"Đang ở: {here['name']}",
            ["Hồ sơ", "Thủ tục", "Hẹn trả", "Đang ở", "Từ lúc"],
            [
                (
                    *(row["number"], row["procedure_name"]),
                    f"{day(row['due_on'])}{' (quá hạn)' if row['overdue'] else ''}",
                    *(row["place"], moment(row["since"])),
                )
                for row in here["dossiers"]
            ],
        )
    line(f"{found['count']} hồ sơ, {found['overdue']} đã quá hạn.")
