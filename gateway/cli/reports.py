"""Commands about reports that fit no dossier or cannot be read: list and acts."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, Reason, path, told
from gateway.cli.show import as_json, moment, pairs, table
from gateway.console import labels

unmatched = typer.Typer(
    no_args_is_help=True, help="Phản hồi của cơ quan chưa khớp hồ sơ nào."
)
Id = Annotated[str, typer.Argument(help="Mã phản hồi (r_…), xem unmatched list.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(unmatched, name="unmatched")


@unmatched.command("list")
@told
def unmatched_list(json_: Json = False) -> None:
    """Phản hồi chưa khớp hồ sơ nào hoặc không đọc được, cũ nhất trước."""
    answer = call("GET", "/v1/unmatched")
    if json_:
        as_json(answer)
        return
    table(
        "Phản hồi chưa khớp hồ sơ nào",
        ["Mã phản hồi", "Nội dung", "Vì sao, việc tiếp theo"],
        [(row["id"], _what(row), _why(row)) for row in answer["unmatched"]],
    )


def _what(row: dict[str, Any]) -> str:
    kind = labels.report_kind(row["kind"])
    numbers = [f"Số nêu: {number}" for number in row["named"]]
    sent = f"{row['office_name']}, {moment(row['arrived_at'])}"
    return "\n".join([kind, *numbers, sent])


def _why(row: dict[str, Any]) -> str:
    return f"{row['words']}\n{row['next_action']}"


def _one(row: dict[str, Any]) -> None:
    became = row.get("became")
    pairs(
        [
            ("Phản hồi", row["id"]),
            ("Nội dung", labels.report_kind(row["kind"])),
            ("Cơ quan gửi", f"{row['office_name']} ({row['office']})"),
            ("Tình trạng", labels.standing(row["standing"])),
            ("Trong hồ sơ", labels.standing(became) if became else ""),
        ]
    )


@unmatched.command("settle")
@told
def unmatched_settle(identifier: Id, reason: Reason, json_: Json = False) -> None:
    """Ghi nhận đã xử lý xong một phản hồi, không gắn vào hồ sơ nào."""
    where = path("v1", "unmatched", identifier, "settle")
    row = call("POST", where, body={"reason": reason})
    if json_:
        as_json(row)
    else:
        _one(row)


@unmatched.command("assign")
@told
def unmatched_assign(
    identifier: Id,
    number: Annotated[str, typer.Argument(help="Số của hồ sơ, số nào cũng được.")],
    reason: Reason,
    json_: Json = False,
) -> None:
    """Gắn một phản hồi vào hồ sơ mà cán bộ đã đối chiếu với cơ quan gửi."""
    where = path("v1", "unmatched", identifier, "assign")
    row = call("POST", where, body={"reason": reason, "number": number})
    if json_:
        as_json(row)
    else:
        _one(row)


@unmatched.command("again")
@told
def unmatched_again(identifier: Id, reason: Reason, json_: Json = False) -> None:
    """Nhận lại một phản hồi, sau khi đã bổ sung cấu hình."""
    where = path("v1", "unmatched", identifier, "again")
    row = call("POST", where, body={"reason": reason})
    if json_:
        as_json(row)
    else:
        _one(row)
