"""Commands on the access codes of officers who work by a list."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, Reason, path, told
from gateway.cli.show import as_json, day, line, pairs, table

officer = typer.Typer(
    no_args_is_help=True, help="Cán bộ của đơn vị không có phần mềm (trang Việc tay)."
)
Office = Annotated[str, typer.Option("--office", help="Mã đơn vị.")]
Account = Annotated[
    str, typer.Option("--account", help="Tên tài khoản, ví dụ xa-mau-1.a.")
]
Until = Annotated[
    str, typer.Option("--until", help="Dùng đến hết ngày nào; trống là một năm.")
]
WhichAccount = Annotated[str, typer.Argument(help="Tên tài khoản.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(officer, name="officer")


@officer.command("list")
@told
def officer_list(json_: Json = False) -> None:
    """Tài khoản nào, của đơn vị nào, đến hết ngày nào, dùng gần nhất ngày nào."""
    answer = call("GET", "/v1/officers", role="administrator")
    if json_:
        as_json(answer)
        return
    table(
        "Cán bộ làm theo danh sách việc",
        ["Tài khoản", "Đơn vị", "Đến hết ngày", "Dùng gần nhất"],
        [
            (
                row["account"].removeprefix("officer:"),
                row["office_name"] or row["office"],
                _until(row),
                day(row["last_used_on"]) if row["last_used_on"] else "chưa dùng",
            )
            for row in answer["officers"]
        ],
    )


def _until(row: dict[str, Any]) -> str:
    if not row["holds"]:
        return "đã hết dùng"
    return day(row["until"]) if row["until"] else "chưa định"


@officer.command("add")
@told
def officer_add(
    office: Office,
    account: Account,
    reason: Reason,
    until: Until = "",
    json_: Json = False,
) -> None:
    """Cấp mã truy cập; cấp lại cho cùng tài khoản thì mã cũ hết dùng."""
    body = {"office": office, "account": account, "reason": reason}
    body |= {"until": until} if until else {}
    answer = call("POST", "/v1/officers", role="administrator", body=body)
    if json_:
        as_json(answer)
        return
    pairs([("Tài khoản", account), ("Đơn vị", answer["office"])])
    pairs([("Dùng đến hết ngày", day(answer["until"]))])
    pairs([("Mã truy cập (chỉ hiện lần này)", answer["code"])])


@officer.command("end")
@told
def officer_end(account: WhichAccount, reason: Reason) -> None:
    """Thu lại mã truy cập."""
    where = path("v1", "officers", account, "end")
    call("POST", where, role="administrator", body={"reason": reason})
    line(f"Mã của {account} hết dùng.")
