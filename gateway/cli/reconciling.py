"""The command that holds two spreadsheets against each other; asks no gateway."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.frame import Json, told
from gateway.cli.show import as_json, line, pairs, table
from gateway.reconciling import telling
from gateway.reconciling.kinds import Kind
from gateway.reconciling.sentences import LATE_ON_PAPER, TITLES, capitalised
from gateway.reconciling.values import day_of

if TYPE_CHECKING:
    from datetime import date

    from gateway.reconciling.reconcile import Reconciliation

#: Rows of each class that are printed; the file has all of them.
FIRST = 5
RESULT = Path("ket-qua.xlsx")
REMEMBERED = "doi-soat.toml"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reconcile")(reconcile)


@told
def reconcile(
    ours: Annotated[Path, typer.Option(help="Danh sách xuất từ một cửa.")],
    theirs: Annotated[Path, typer.Option(help="Danh sách xuất từ cơ quan.")],
    columns: Annotated[
        Path | None,
        typer.Option(
            help="Bảng ánh xạ cột và trạng thái (TOML); mặc định: doi-soat.toml cạnh tệp"
            " của một cửa. Chưa có thì được ghi ra sau lần đầu."
        ),
    ] = None,
    day: Annotated[
        str | None, typer.Option(help="Ngày tính quá hạn; mặc định: hôm nay.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Tệp kết quả; mặc định: ket-qua.xlsx.")
    ] = None,
    json_: Json = False,
) -> None:
    """Đối soát danh sách hồ sơ của một cửa với danh sách của cơ quan."""
    from gateway.wiring import sheets  # noqa: PLC0415  other commands start without it

    columns = columns or ours.parent / REMEMBERED
    if out is None and not json_:
        out = RESULT
    if out is not None and out.resolve() in {p.resolve() for p in (ours, theirs)}:
        raise ValueError(f"{out} là tệp danh sách: chọn tên khác cho tệp kết quả")
    on = _day(day) if day else sheets.today()
    result = sheets.reconcile_files(ours, theirs, columns, on)
    if json_:
        as_json(telling.as_json(result))
    else:
        _show(result, columns)
    if out is not None:
        sheets.write_result(out, result)
        if not json_:
            line(f"Toàn bộ kết quả, mỗi nhóm một trang: {out}")
    if result.guessed:
        sheets.write_private(columns, result.mapping.encode())


def _day(text: str) -> date:
    try:
        found = day_of(text)
    except ValueError:
        found = None
    if found is None:
        raise ValueError(f"«{text}» không phải ngày; viết 2026-03-25 hoặc 25/03/2026")
    return found


def _show(result: Reconciliation, columns: Path) -> None:
    ours, theirs = (facts.name for facts in result.sides.values())
    told = (
        f"nhận theo tiêu đề; ghi vào {columns} cho lần sau"
        if result.guessed
        else f"theo {columns}"
    )
    table(
        f"Cách đọc cột ({told})",
        ["Nghĩa là", f"Cột của {ours}", f"Cột của {theirs}"],
        telling.columns_told(result),
    )
    for facts in result.sides.values():
        pairs([(f"Danh sách của {facts.name}", _read(facts.rows, facts.notes))])
    for warning in result.warnings:
        line(warning, style="yellow")
    line()
    counts = result.counts()
    table(
        f"Kết quả đối soát, tính đến ngày {telling.shown(result.day)}",
        ["Số hồ sơ", "Nhóm"],
        [(str(counts[kind]), TITLES[kind]) for kind in Kind],
    )
    if late := result.late_on_paper():
        line(f"Trong đó {late} hồ sơ {LATE_ON_PAPER}.")
    for kind in telling.SHOWN:
        _class(result, kind)
    _problems(result)


def _read(rows: int, notes: tuple[str, ...]) -> str:
    return " ".join((f"{rows} hàng.", *notes))


def _class(result: Reconciliation, kind: Kind) -> None:
    found = result.of(kind)
    if not found:
        return
    line()
    table(
        f"{TITLES[kind]}: {len(found)}",
        ["Mã hồ sơ", "Việc cần làm"],
        [(one.code, one.sentence) for one in found[:FIRST]],
    )
    _more(len(found))


def _problems(result: Reconciliation) -> None:
    if not result.problems:
        return
    names = {side: capitalised(facts.name) for side, facts in result.sides.items()}
    line()
    table(
        f"Ô và hàng không đọc được: {len(result.problems)}",
        ["Danh sách", "Ở đâu", "Vì sao"],
        [(names[p.side], p.at, p.what) for p in result.problems[:FIRST]],
        fixed=0,
    )
    _more(len(result.problems))


def _more(count: int) -> None:
    if count > FIRST:
        line(f"… và {count - FIRST} hàng nữa trong tệp kết quả.")
