"""Commands on the store as a whole; the gateway does not run meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.frame import Json, told
from gateway.cli.processes import DEFAULT, Settings
from gateway.cli.show import as_json, line

if TYPE_CHECKING:
    from gateway.store.postgres.copying import Copied

store = typer.Typer(no_args_is_help=True, help="Kho dữ liệu của cổng.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(store, name="store")


@store.callback()
def _group() -> None:
    """Kho dữ liệu của cổng."""


@store.command("copy")
@told
def store_copy(
    settings: Settings = DEFAULT,
    rehearse: Annotated[
        bool,
        typer.Option(
            "--rehearse", help="Chép thử và đối chiếu, rồi bỏ: không để lại dòng nào."
        ),
    ] = False,
    json_: Json = False,
) -> None:
    """Chép kho SQLite của run_dir vào PostgreSQL của bảng store; đối chiếu từng dòng.

    Dừng cổng trước. Chép xong, tệp SQLite giữ nguyên nhưng không chạy được nữa.
    """
    from gateway.wiring.stores import copy_store  # noqa: PLC0415

    def show(one: Copied) -> None:
        if not json_:
            line(f"  {one.table}: {one.rows} dòng, khớp từng dòng")

    copied = copy_store(settings, rehearsal=rehearse, told=show)
    rows = sum(one.rows for one in copied)
    if json_:
        tables = {one.table: one.rows for one in copied}
        as_json({"rehearsal": rehearse, "rows": rows, "tables": tables})
        return
    if rehearse:
        line(
            f"Chép thử {rows} dòng của {len(copied)} bảng: khớp cả. Chưa để lại dòng nào."
        )
        return
    line(
        f"Đã chép {rows} dòng của {len(copied)} bảng, khớp cả. Tệp cũ đã được đánh dấu,"
        " không chạy lại được. Tệp đính kèm và khóa ở nguyên trong run_dir: khởi động"
        " cổng với run_dir này."
    )
