"""Commands about the machines that share the work."""

from __future__ import annotations

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, told
from gateway.cli.show import as_json, moment, table
from gateway.console import labels

node = typer.Typer(no_args_is_help=True, help="Các máy cùng chạy cổng.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(node, name="node")


@node.command("list")
@told
def node_list(json_: Json = False) -> None:
    """Máy nào đang chạy, từ khi nào, giữ việc chung gì."""
    answer = call("GET", "/v1/nodes", role="operator")
    if json_:
        as_json(answer)
        return
    table(
        "Các máy cùng chạy cổng",
        ["Máy", "Tình trạng", "Chạy từ", "Bản", "Việc chung đang giữ"],
        [
            (
                row["name"],
                "đang chạy" if row["alive"] else "không thấy trả lời",
                moment(row["since"]),
                row["facts"].get("release", ""),
                ", ".join(labels.DUTIES.get(one, one) for one in row["duties"]),
            )
            for row in answer["nodes"]
        ],
    )
