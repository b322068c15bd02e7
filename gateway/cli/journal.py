"""Commands on the journal: who did and read what, and whether it holds."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, day_typed, fail, told
from gateway.cli.show import as_json, line, moment, table
from gateway.console import labels
from gateway.domain.cef import event

journal = typer.Typer(
    no_args_is_help=True, help="Nhật ký: ai làm gì, ai xem gì, còn nguyên không."
)
Person = Annotated[str, typer.Option("--person", help="Tên tài khoản.")]
Kind = Annotated[
    str,
    typer.Option("--kind", help="Nhóm việc: doc, mo-che, luot-gui, tai-khoan, …"),
]
Office = Annotated[str, typer.Option("--office", help="Mã đơn vị.")]
Dossier = Annotated[
    str, typer.Option("--dossier", help="Mã định danh của hồ sơ ở cổng (d_…).")
]
Since = Annotated[str, typer.Option("--since", help="Từ ngày, dạng 2026-03-10.")]
Until = Annotated[str, typer.Option("--until", help="Đến hết ngày.")]
After = Annotated[str, typer.Option("--after", help="Trang sau của mã này.")]
Day = Annotated[str, typer.Argument(metavar="NGÀY", help="Dạng 2026-03-10.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(journal, name="journal")


@journal.command("list")
@told
def journal_list(
    person: Person = "",
    kind: Kind = "",
    office: Office = "",
    dossier: Dossier = "",
    since: Since = "",
    until: Until = "",
    after: After = "",
    json_: Json = False,
) -> None:
    """Ai làm gì với gì, vì sao; mới nhất trước. Bảy ngày gần nhất nếu không ghi ngày."""
    given = {
        "person": person,
        "kind": kind,
        "office": office,
        "dossier": dossier,
        "since": since and day_typed(since).isoformat(),
        "until": until and day_typed(until).isoformat(),
        "after": after,
    }
    query = urlencode({name: value for name, value in given.items() if value})
    answer = call("GET", f"/v1/journal?{query}", role="administrator")
    if json_:
        as_json(answer)
        return
    table(
        "Nhật ký",
        ["Lúc", "Ai", "Việc, lý do", "Với gì"],
        [_row(row) for row in answer["journal"]],
    )
    if answer["after"]:
        line(f"Còn nữa: thêm --after '{answer['after']}'")


def _row(row: dict[str, Any]) -> tuple[object, ...]:
    said = [row["words"], row["reason"], row["result"]]
    about = (row["dossier"], row["transfer"], row["office_name"])
    return (
        moment(row["at"]),
        labels.actor(row["by"]),
        "; ".join(filter(None, said)),
        " ".join(filter(None, about)) or "–",
    )


@journal.command("cef")
@told
def journal_cef(day: Day) -> None:
    """Nhật ký của một ngày dạng CEF cho SOC, cũ nhất trước; không có lý do, nội dung.

    Ví dụ: lienthong journal cef 2026-03-10 | logger -t lienthong -n MÁY_SOC -P 514
    """
    rows: list[dict[str, Any]] = []
    on = day_typed(day).isoformat()
    after = ""
    while True:
        asked = {"since": on, "until": on, **({"after": after} if after else {})}
        answer = call("GET", f"/v1/journal?{urlencode(asked)}", role="administrator")
        rows += answer["journal"]
        after = answer["after"]
        if not after:
            break
    for row in reversed(rows):
        typer.echo(event(row, version("lienthong-gateway")))


@journal.command("verify")
@told
def journal_verify(day: Day, json_: Json = False) -> None:
    """Kiểm tra nhật ký của một ngày, hết ngày; mã thoát 1 nếu không còn nguyên."""
    after: int | None = None
    on = day_typed(day).isoformat()
    while True:
        body = {"day": on, "after": after}
        answer = call("POST", "/v1/journal/verify", role="administrator", body=body)
        if json_:
            as_json(answer)
        else:
            line(answer["words"])
        if not answer["holds"]:
            fail("Nhật ký không còn nguyên.")
        after = answer["after"]
        if after is None:
            return
