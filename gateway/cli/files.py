"""Commands on where files lie; the gateway does not run meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.frame import Json, told
from gateway.cli.processes import DEFAULT, Settings
from gateway.cli.show import as_json, line

if TYPE_CHECKING:
    from gateway.wiring.moving import Taken

files = typer.Typer(no_args_is_help=True, help="Kho tệp đính kèm của cổng.")
Losses = Annotated[
    bool,
    typer.Option(
        "--despite-losses",
        help="Chấp nhận dù thiếu tệp của hồ sơ (đã mất, không tìm lại được).",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(files, name="files")


@files.callback()
def _group() -> None:
    """Kho tệp đính kèm của cổng."""


@files.command("copy")
@told
def files_copy(
    source: Annotated[
        str,
        typer.Option("--from", help="Thư mục tệp đang dùng, hoặc postgresql."),
    ],
    settings: Settings = DEFAULT,
    despite_losses: Losses = False,
    json_: Json = False,
) -> None:
    """Chép tệp sang nơi ghi trong bảng attachments; đọc lại từng tệp.

    Dừng mọi nút trước. Chép xong, nơi cũ giữ nguyên nhưng cổng không dùng nó nữa.
    """
    from gateway.wiring.moving import copy_files  # noqa: PLC0415

    def show(count: int) -> None:
        if not json_:
            line(f"  {count} tệp")

    work = copy_files(settings, source, losses=despite_losses, told=show)
    _tell(asyncio.run(work), json_=json_)


@files.command("adopt")
@told
def files_adopt(
    settings: Settings = DEFAULT,
    despite_losses: Losses = False,
    json_: Json = False,
) -> None:
    """Nhận nơi ghi trong bảng attachments làm kho tệp, thay cho nơi đã ghi nhận trước đó.

    Dùng sau khi khôi phục, đổi tên nút có đĩa riêng, hoặc mất tệp identity.
    """
    from gateway.wiring.moving import adopt_files  # noqa: PLC0415

    work = adopt_files(settings, losses=despite_losses)
    _tell(asyncio.run(work), json_=json_)


def _tell(taken: Taken, *, json_: bool) -> None:
    if json_:
        counts = {"copied": taken.copied, "known": taken.known}
        as_json({**counts, "missing": taken.missing})
        return
    if taken.copied:
        line(f"Đã chép {taken.copied} tệp, đọc lại khớp từng tệp.")
    line(
        f"Kho tệp có {taken.known} tệp của hồ sơ, thiếu {taken.missing}. Từ nay cổng chỉ"
        " chạy với kho tệp này: khởi động mọi nút với cùng [attachments]."
    )
