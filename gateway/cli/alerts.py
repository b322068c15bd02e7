"""Commands on alerts."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, fail, path, told
from gateway.cli.show import as_json, line, moment, pairs, table
from gateway.console import labels

alert = typer.Typer(no_args_is_help=True, help="Cảnh báo: còn đó, đã hết, gửi thử.")
Identifier = Annotated[str, typer.Argument(help="Mã cảnh báo, xem list.")]
Ended = Annotated[bool, typer.Option("--ended", help="Những cảnh báo đã hết.")]
After = Annotated[str, typer.Option("--after", help="Trang sau của mã này.")]
Note = Annotated[
    str,
    typer.Option("--note", help="Ghi chú: ai đang xử lý, đến đâu (được niêm phong)."),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(alert, name="alert")


@alert.command("list")
@told
def alert_list(ended: Ended = False, after: After = "", json_: Json = False) -> None:
    """Cảnh báo còn đó, nặng nhất trước; --ended: đã hết, mới nhất trước."""
    query = f"state={'ended' if ended else 'standing'}"
    query += f"&after={quote(after)}" if after else ""
    answer = call("GET", f"/v1/alerts?{query}")
    if json_:
        as_json(answer)
        return
    table(
        "Cảnh báo đã hết" if ended else "Cảnh báo còn đó",
        ["Mã", "Mức, từ lúc", "Vì sao", "Việc cần làm"],
        [_row(row) for row in answer["alerts"]],
    )
    if answer["next"]:
        line(f"Còn nữa: lienthong alert list --ended --after {answer['next']}")


def _row(row: dict[str, Any]) -> tuple[object, ...]:
    known, until = row["acknowledged"], moment(row["ended_at"])
    said = [row["reason"] + (f" (lặp lại {row['returns']} lần)" * bool(row["returns"]))]
    said += [f"đã hết {until}"] if until else []
    said += [f"{labels.actor(known['by'])}: {known['note']}"] if known else []
    grave = f"{row['severity_name']}, {moment(row['since'])}"
    return (row["id"], grave, "; ".join(said), row["next_action"])


@alert.command("acknowledge")
@told
def alert_acknowledge(identifier: Identifier, note: Note = "") -> None:
    """Ghi đã biết: vẫn còn trong danh sách, không nhắc lại trong bản tin."""
    answer = call(
        "POST", path("v1", "alerts", identifier, "acknowledge"), body={"note": note}
    )
    pairs([(answer["id"], f"đã ghi nhận: {answer['reason']}")])


@alert.command("test")
@told
def alert_test(json_: Json = False) -> None:
    """Gửi thử qua từng đường đã cấu hình và cho biết có đến không."""
    answer = call("POST", "/v1/alerts/test", role="administrator")
    found = answer["channels"]
    if json_:
        as_json(answer)
    else:
        pairs(
            (labels.CHANNELS.get(one["channel"], one["channel"]), _outcome(one))
            for one in found
        )
    if not all(one["told"] for one in found):
        fail("Có đường không gửi được: xem lại [mail], [alerts] trong tệp thiết lập.")


def _outcome(one: dict[str, Any]) -> str:
    return "đã gửi" if one["told"] else f"không gửi được ({one['code']})"
