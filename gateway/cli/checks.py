"""The command that looks at an office's line."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli.client import call
from gateway.cli.frame import REFUSED, Json, path, told
from gateway.cli.show import as_json, line, table

Office = Annotated[str, typer.Argument(help="Mã đơn vị, xem lane list.")]
Anyway = Annotated[
    bool,
    typer.Option("--anyway", help="Cả khi đơn vị đang bảo trì hoặc dừng khẩn cấp."),
]
Last = Annotated[
    bool, typer.Option("--last", help="Không kiểm tra, chỉ xem kết quả lần gần nhất.")
]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


@told
def check(
    office: Office, anyway: Anyway = False, last: Last = False, json_: Json = False
) -> None:
    """Kiểm tra đường tới một đơn vị: từng bước, chỗ hỏng thì ai sửa gì."""
    where = path("v1", "offices", office, "check")
    body = {"anyway": anyway}
    found = call("GET", where)["check"] if last else call("POST", where, body=body)
    if json_:
        as_json(found)
    elif found is None:
        line("Chưa kiểm tra lần nào.")
    else:
        _show(found)
    if found is not None and not found["works"]:
        raise typer.Exit(REFUSED)


def _show(found: dict[str, Any]) -> None:
    table(
        f"Đường tới {found['office_name']}",
        ["Bước", "Kết quả", "Chi tiết"],
        [
            (one["step_name"], one["result_name"], one["words"])
            for one in found["steps"]
        ],
    )
