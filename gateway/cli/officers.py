"""Commands on the access codes of officers who work by a list."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, Reason, path, told
from gateway.cli.show import as_json, line, pairs

officer = typer.Typer(
    no_args_is_help=True, help="Cán bộ của đơn vị không có phần mềm (trang Việc tay)."
)
Office = Annotated[str, typer.Option("--office", help="Mã đơn vị.")]
Account = Annotated[
    str, typer.Option("--account", help="Tên tài khoản, ví dụ xa-mau-1.a.")
]
WhichAccount = Annotated[str, typer.Argument(help="Tên tài khoản.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(officer, name="officer")


@officer.command("add")
@told
def officer_add(
    office: Office, account: Account, reason: Reason, json_: Json = False
) -> None:
    """Cấp mã truy cập; cấp lại cho cùng tài khoản thì mã cũ hết dùng."""
    body = {"office": office, "account": account, "reason": reason}
    answer = call("POST", "/v1/officers", role="administrator", body=body)
    if json_:
        as_json(answer)
        return
    pairs([("Tài khoản", account), ("Đơn vị", answer["office"])])
    pairs([("Mã truy cập (chỉ hiện lần này)", answer["code"])])


@officer.command("end")
@told
def officer_end(account: WhichAccount, reason: Reason) -> None:
    """Thu lại mã truy cập."""
    where = path("v1", "officers", account, "end")
    call("POST", where, role="administrator", body={"reason": reason})
    line(f"Mã của {account} hết dùng.")
