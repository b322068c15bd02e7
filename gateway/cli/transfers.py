"""Commands about transfers: list, show, resend, cancel, settle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Annotated, Any
from urllib.parse import quote

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, Reason, path, told
from gateway.cli.show import as_json, moment, pairs, table
from gateway.console import labels

transfer = typer.Typer(no_args_is_help=True, help="Lượt gửi liên thông.")
Id = Annotated[str, typer.Argument(help="Mã lượt gửi (t_…).")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(transfer, name="transfer")


def show_transfers(
    title: str, rows: list[dict[str, Any]], offices: Mapping[str, str] | None = None
) -> None:
    """A table of transfers, states and fates in words; ``offices`` names them by id."""
    table(
        title,
        ["Mã lượt gửi", "Nội dung", "Tình trạng"],
        [
            (
                row["id"],
                f"{labels.message_kind(row['kind'])} → {_office(row, offices or {})}",
                _state(row),
            )
            for row in rows
        ],
    )


def _state(row: dict[str, Any]) -> str:
    state = labels.stands(row["state"], row.get("cause"))
    fate = labels.fate(row["fate"], row["state"])
    return f"{state}; {fate}; gửi {row['attempts']} lần"


def _office(row: dict[str, Any], offices: Mapping[str, str]) -> str:
    return str(row.get("office_name") or offices.get(row["office"], row["office"]))


@transfer.command("list")
@told
def transfer_list(
    state: Annotated[
        str,
        typer.Option(
            help="Mã trạng thái, cách nhau bằng dấu phẩy: waiting, due, sending,"
            " unconfirmed, delivered, answered, refused, parked, cancelled, withdrawn."
        ),
    ] = "parked,unconfirmed",
    json_: Json = False,
) -> None:
    """Các lượt gửi theo trạng thái; mặc định là những lượt đang đứng yên."""
    unknown = set(state.split(",")) - {one.value for one in labels.STATES}
    if unknown:
        raise ValueError(f"Không có trạng thái {', '.join(sorted(unknown))}")
    answer = call("GET", f"/v1/transfers?state={quote(state)}")
    if json_:
        as_json(answer)
    else:
        show_transfers("Lượt gửi liên thông", answer["transfers"])


@transfer.command("show")
@told
def transfer_show(identifier: Id, json_: Json = False) -> None:
    """Một lượt gửi với các lần gửi và việc có thể làm."""
    row = call("GET", path("v1", "transfers", identifier))
    if json_:
        as_json(row)
        return
    _one(row)
    table(
        "Các lần gửi và hỏi lại",
        ["Lần", "Việc", "Lúc", "Kết quả", "Mã trả lời"],
        list(_runs(row["history"])),
    )


def _one(row: dict[str, Any]) -> None:
    actions = [labels.action(name) for name in row.get("actions", ())]
    pairs(
        [
            ("Lượt gửi", row["id"]),
            ("Nội dung", labels.message_kind(row["kind"])),
            ("Nơi nhận", f"{row['office_name']} ({row['office']})"),
            ("Tình trạng", labels.stands(row["state"], row.get("cause"))),
            ("Thông điệp", labels.fate(row["fate"], row["state"])),
            ("Đã gửi", f"{row['attempts']} lần, hỏi lại {row['enquiries']} lần"),
            ("Vì sao", row.get("words")),
            ("Việc tiếp theo", row.get("next_action")),
            ("Gửi tiếp lúc", moment(row["due_at"])),
            ("Hỏi cơ quan lúc", moment(row["ask_at"])),
            ("Có thể làm", ", ".join(actions)),
        ]
    )


def _runs(history: list[dict[str, Any]]) -> list[Sequence[str]]:
    """Tries that ended alike, one row for each run of them."""

    def alike(one: dict[str, Any]) -> tuple[str, str, str]:
        return (one["purpose"], one["outcome"], one["code"])

    rows: list[Sequence[str]] = []
    for (purpose, outcome, code), group in groupby(history, key=alike):
        run = list(group)
        first, last = run[0], run[-1]
        many = len(run) > 1
        rows.append(
            (
                f"{first['number']}–{last['number']}" if many else str(first["number"]),
                labels.PURPOSES.get(purpose, purpose),
                f"{moment(first['at'])} – {moment(last['at'])}"
                if many
                else moment(first["at"]),
                labels.outcome(outcome),
                code,
            )
        )
    return rows


def _act(identifier: str, action: str, reason: str, *, json_: bool) -> None:
    row = call(
        "POST", path("v1", "transfers", identifier, action), body={"reason": reason}
    )
    if json_:
        as_json(row)
    else:
        _one(row)


@transfer.command("resend")
@told
def transfer_resend(identifier: Id, reason: Reason, json_: Json = False) -> None:
    """Gửi lại; nếu thông điệp có thể đã đến, cổng hỏi cơ quan trước."""
    _act(identifier, "resend", reason, json_=json_)


@transfer.command("cancel")
@told
def transfer_cancel(identifier: Id, reason: Reason, json_: Json = False) -> None:
    """Hủy một lượt gửi chưa xong."""
    _act(identifier, "cancel", reason, json_=json_)


@transfer.command("settle")
@told
def transfer_settle(
    identifier: Id,
    has_it: Annotated[
        bool, typer.Option("--has-it/--has-it-not", help="Cơ quan đã nhận hay chưa.")
    ],
    reason: Reason,
    json_: Json = False,
) -> None:
    """Ghi nhận điều cơ quan đã xác nhận: đã nhận hay chưa nhận."""
    action = "agency_has_it" if has_it else "agency_has_it_not"
    _act(identifier, action, reason, json_=json_)
