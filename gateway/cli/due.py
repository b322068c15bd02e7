"""The command that explains a dossier's dates."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli.client import call
from gateway.cli.contests import shown
from gateway.cli.frame import Json, Reason, path, told
from gateway.cli.show import as_json, day, line, moment, pairs, table
from gateway.timing.explaining import hours


def add_to(dossier: typer.Typer) -> None:
    """Add the command beside the others about dossiers."""
    dossier.command("due")(dossier_due)
    dossier.command("count")(dossier_count)


@told
def dossier_due(
    number: Annotated[str, typer.Argument(help="Số bất kỳ của hồ sơ.")],
    json_: Json = False,
) -> None:
    """Vì sao là ngày này: thời hạn của từng cơ quan, căn cứ, hồ sơ ở đâu bao lâu."""
    found = call("GET", path("v1", "dossiers", number, "due"))
    if json_:
        as_json(found)
        return
    pairs(
        [
            ("Tiếp nhận", moment(found["accepted_at"])),
            ("Hẹn trả", _promise(found)),
            ("Kết thúc", moment(found["ended_at"])),
            ("Đánh giá", found["timeliness_text"]),
        ]
    )
    for clock in found["clocks"]:
        _clock(clock)
    table(
        "Hồ sơ ở đâu bao lâu",
        ["Nơi", "Giờ làm việc"],
        [(one["name"], hours(one["minutes"])) for one in found["parties"]]
        + [("Tổng cộng", hours(found["minutes"]))],
        fixed=0,
    )
    for one in found["backdated"]:
        line(_backdated(one))
    if found["ended_at"]:
        about = path("v1", "dossiers", found["dossier_id"], "objections")
        for text in shown(call("GET", about)):
            line(text)


@told
def dossier_count(
    number: Annotated[str, typer.Argument(help="Số bất kỳ của hồ sơ.")],
    report: Annotated[str, typer.Argument(help="Mã phản hồi (r_…), xem dossier due.")],
    reason: Reason,
    as_told: Annotated[
        bool,
        typer.Option(
            "--as-told/--as-arrived",
            help="Tính theo ngày cơ quan ghi, hoặc theo lúc phản hồi đến.",
        ),
    ],
    json_: Json = False,
) -> None:
    """Lãnh đạo xác nhận ngày mà cơ quan khai lùi; số liệu được tính lại."""
    where = path("v1", "dossiers", number, "backdated", report)
    body = {"counts": as_told, "reason": reason}
    found = call("POST", where, role="head", body=body)
    if json_:
        as_json(found)
        return
    pairs([("Đánh giá", found["timeliness_text"])])
    if found["told_reason"]:
        line(found["told_reason"])
    for one in found["backdated"]:
        line(_backdated(one))


def _promise(found: dict[str, Any]) -> str:
    due_on, reason = day(found["told_on"]), found["due_reason"]
    first = day(found["promised_on"])
    before = f"; hẹn lần đầu {first}" if first and first != due_on else ""
    return f"{due_on} ({reason}){before}" if due_on else ""


def _clock(clock: dict[str, Any]) -> None:
    line()
    line(f"{clock['office_name'] or 'Hồ sơ'}: {clock['headline']}", style="bold")
    for reason in clock["reasons"]:
        line(f"  {reason}")


def _backdated(one: dict[str, Any]) -> str:
    said = "được tính theo ngày cơ quan ghi" if one["counts"] else "tính theo lúc đến"
    waits = "" if one["decided"] else ", chờ lãnh đạo xác nhận"
    told, came = moment(one["told_at"]), moment(one["arrived_at"])
    return f"Khai lùi ngày ({one['report']}): cơ quan ghi {told}, đến lúc {came}; {said}{waits}."
