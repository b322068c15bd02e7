"""Commands about papers: what can be printed, a Word file of it, templates that work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import typer

from gateway.cli.client import call, fetch
from gateway.cli.frame import Json, fail, path, told
from gateway.cli.saving import OWNER_ONLY, save
from gateway.cli.show import as_json, errors, line, table

paper = typer.Typer(no_args_is_help=True, help="Giấy tờ in của hồ sơ.")
Number = Annotated[str, typer.Argument(help="Số bất kỳ của hồ sơ.")]
Out = Annotated[
    Path, typer.Option("--out", help="Tệp Word sẽ ghi; chỉ người chạy lệnh đọc được.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(paper, name="paper")


@paper.command("list")
@told
def paper_list(number: Number, json_: Json = False) -> None:
    """Giấy tờ in được của một hồ sơ; loại không in được thì vì sao."""
    answer = call("GET", path("v1", "dossiers", number, "papers"))
    if json_:
        as_json(answer)
        return
    table(
        "Giấy tờ của hồ sơ",
        ["Loại", "Tên", "In được"],
        [
            (
                one["form"],
                f"{one['title']}\n{one['label']}".strip(),
                one["why_not"] or "\n".join(["được", *one["notes"]]),
            )
            for one in answer["papers"]
        ],
    )


@paper.command("get")
@told
def paper_get(
    number: Number,
    form: Annotated[str, typer.Argument(help="Loại giấy tờ, xem paper list.")],
    out: Out,
) -> None:
    """Lấy một giấy tờ của hồ sơ, tệp Word."""
    keep(out, fetch(f"{path('v1', 'dossiers', number, 'papers', form)}.docx"))


@paper.command("handover")
@told
def paper_handover(
    office: Annotated[str, typer.Argument(help="Mã đơn vị nhận, xem lane list.")],
    out: Out,
    day: Annotated[
        str, typer.Option("--day", help="Ngày YYYY-MM-DD; không ghi là hôm nay.")
    ] = "",
    dossier: Annotated[
        list[str] | None,
        typer.Option("--dossier", help="Số của từng hồ sơ; không ghi là cả ngày."),
    ] = None,
) -> None:
    """Lấy danh sách bàn giao hồ sơ giấy cho một đơn vị, tệp Word."""
    pairs = [("office", office), *(("dossier", one) for one in dossier or ())]
    if day:
        pairs.append(("day", day))
    keep(out, fetch(f"/v1/handover-list.docx?{urlencode(pairs)}"))


@paper.command("check")
@told
def paper_check(
    folder: Annotated[
        Path | None, typer.Argument(help="Thư mục mẫu của tỉnh; không ghi là mẫu kèm.")
    ] = None,
) -> None:
    """Kiểm tra mẫu Word: trường không có, sai cú pháp, không mở được."""
    from gateway.wiring.papers import check  # noqa: PLC0415  other commands start faster

    found = check(folder)
    for problem in found:
        errors.print(f"  {problem}", markup=False)
    if found:
        fail(f"{len(found)} lỗi trong mẫu giấy tờ.")
    line("Mọi mẫu giấy tờ dùng được.")


def keep(out: Path, content: bytes) -> None:
    """Write a file that nobody else may read."""
    save(out, content, OWNER_ONLY)
    line(f"Đã ghi {out}.")
