"""Commands on what stands still, and on what is due."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, path, told
from gateway.cli.show import as_json, day, line, moment, pairs, table

stuck = typer.Typer(
    invoke_without_command=True, help="Hồ sơ đứng yên, theo nguyên nhân."
)
Cause = Annotated[str, typer.Argument(help="Mã nguyên nhân, xem stuck.")]
After = Annotated[str, typer.Option("--after", help="Trang sau của vị trí này.")]
Days = Annotated[
    int, typer.Option("--days", help="Trong bao nhiêu ngày làm việc tới, 0: hôm nay.")
]
Office = Annotated[str, typer.Option("--office", help="Mã đơn vị, xem lane list.")]
Unit = Annotated[str, typer.Option("--unit", help="Mã đơn vị tiếp nhận.")]
Percent = Annotated[
    int, typer.Option("--percent", help="Đã dùng từ bao nhiêu phần trăm thời hạn.")
]
Owner = Annotated[str, typer.Option("--owner", help="Ai phụ trách nguyên nhân này.")]
Note = Annotated[str, typer.Option("--note", help="Đã làm gì, đến đâu.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(stuck, name="stuck")
    app.command("due")(due_list)


@stuck.callback()
@told
def stuck_list(context: typer.Context, json_: Json = False) -> None:
    """Bao nhiêu hồ sơ đứng yên, vì sao, đến lượt ai, ai phụ trách."""
    if context.invoked_subcommand is not None:
        return
    found = call("GET", "/v1/stuck")
    if json_:
        as_json(found)
        return
    table(
        "Hồ sơ đứng yên theo nguyên nhân",
        ["Mã", "Hồ sơ", "Đơn vị", "Vì sao", "Từ", "Đến lượt", "Phụ trách"],
        [
            (
                *(one["id"], one["dossiers"], one["office_name"]),
                *(one["reason"], moment(one["first"]), one["turn"], one["owner"]),
            )
            for one in found["causes"]
        ],
    )
    line(found["definition"])


@stuck.command("show")
@told
def stuck_show(cause: Cause, after: After = "", json_: Json = False) -> None:
    """Các hồ sơ đứng yên vì một nguyên nhân, lâu nhất trước; mọi lần ghi chú."""
    query = f"?{urlencode({'after': after})}" if after else ""
    found = call("GET", path("v1", "stuck", cause) + query)
    if json_:
        as_json(found)
        return
    _pairs(found["cause"])
    table(
        "Hồ sơ",
        ["Số", "Thủ tục", "Đang ở", "Đứng yên từ", "Hẹn trả"],
        [
            (
                *(one["number"], one["procedure"], "; ".join(one["places"])),
                *(moment(one["since"]), day(one["due_on"])),
            )
            for one in found["dossiers"]
        ],
    )
    if found["after"]:
        line(f"Còn nữa: lienthong stuck show {cause} --after '{found['after']}'")
    for one in found["notes"]:
        who = f"{moment(one['noted_at'])} {one['noted_by']}"
        line(f"{who}: phụ trách {one['owner'] or '(chưa có)'}. {one['note']}")


@stuck.command("note")
@told
def stuck_note(
    cause: Cause, owner: Owner = "", note: Note = "", json_: Json = False
) -> None:
    """Ghi ai phụ trách một nguyên nhân và đến đâu rồi; lần ghi trước vẫn giữ."""
    body = {"owner": owner, "note": note}
    found = call("PUT", path("v1", "stuck", cause, "note"), body=body)
    if json_:
        as_json(found)
        return
    _pairs(found)


def _pairs(one: dict[str, Any]) -> None:
    pairs(
        [
            ("Nguyên nhân", one["reason"]),
            ("Đơn vị", one["office_name"]),
            ("Hồ sơ", one["dossiers"]),
            ("Từ", moment(one["first"])),
            ("Việc tiếp theo", one["next_action"]),
            ("Đến lượt", one["turn"]),
            ("Phụ trách", one["owner"]),
            ("Ghi chú", one["note"]),
        ]
    )


@told
def due_list(
    days: Days = 3,
    office: Office = "",
    unit: Unit = "",
    percent: Percent = 0,
    after: After = "",
    json_: Json = False,
) -> None:
    """Thời hạn đã quá và sắp đến, quá lâu nhất trước; vì sao: lienthong dossier due."""
    asked = {"days": days, "office": office, "unit": unit, "percent": percent}
    query = urlencode({**asked, "after": after} if after else asked)
    found = call("GET", f"/v1/due?{query}")
    if json_:
        as_json(found)
        return
    table(
        "Đã quá hạn và sắp đến hạn",
        ["Số", "Thời hạn", "Đơn vị", "Đang ở", "Hạn", "Đã qua"],
        [
            (
                *(one["number"], one["label"], one["office_name"]),
                *("; ".join(one["places"]), moment(one["due_at"])),
                "quá hạn" if one["overdue"] else f"{one['percent']} %",
            )
            for one in found["due"]
        ],
    )
    if found["after"]:
        line(f"Còn nữa: lienthong due --days {days} --after '{found['after']}'")
