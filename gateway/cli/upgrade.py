"""The look before an upgrade; the upgrade itself is a link and a restart."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.frame import Json, fail, told
from gateway.cli.processes import DEFAULT, Settings
from gateway.cli.show import as_json, line

Backups = Annotated[
    Path | None,
    typer.Option("--backups", help="Thư mục bản sao lưu, để xem bản gần nhất."),
]
Release = Annotated[
    Path | None,
    typer.Option(
        "--release", help="Gói đã bung của bản này, để kiểm tra cả gói và chữ ký."
    ),
]
Signers = Annotated[
    Path | None,
    typer.Option(
        "--signers",
        help="Khóa công khai của nơi phát hành; mặc định"
        " /etc/lienthong/release-signers nếu có.",
    ),
]
Older = Annotated[
    bool, typer.Option("--older", help="Chủ ý quay lại bản cũ hơn bản đang cài.")
]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("upgrade")(told(upgrade))


def upgrade(
    settings: Settings = DEFAULT,
    check: Annotated[
        bool, typer.Option("--check", help="Chỉ xem, không đổi gì (bắt buộc).")
    ] = False,
    backups: Backups = None,
    release: Release = None,
    signers: Signers = None,
    older: Older = False,
    json_: Json = False,
) -> None:
    """Trước khi nâng cấp: bản này gặp gì nếu khởi động ở đây; cổng chạy hay dừng đều được.

    Chạy bằng chương trình của bản MỚI. Mã thoát 0: nâng cấp được; 1: có lỗi phải sửa.
    """
    from gateway.wiring.release_check import (  # noqa: PLC0415
        not_older,
        signed,
        version_of,
    )
    from gateway.wiring.upgrade_check import PACKAGE, Mark, plain  # noqa: PLC0415
    from gateway.wiring.upgrade_check import check as look  # noqa: PLC0415

    if not check:
        fail(
            "Lệnh này chỉ xem: thêm --check. Nâng cấp là đổi đường dẫn current rồi khởi"
            " động lại (docs/cai-dat.vi.md)."
        )
    found = []
    ours = (release and version_of(release)) or version(PACKAGE)
    now = datetime.now(UTC)
    for one in (
        *signed(release, signers),
        *not_older(ours, Path(sys.prefix).parents[1], older=older),
        *look(settings, backups=backups, now=now, older=older),
    ):
        found.append(one)
        if not json_:
            todo = f". {one.todo}" if one.todo else ""
            line(f"{one.mark.value:<5} {one.about}: {one.says}{todo}")
    wrong = sum(one.mark is Mark.WRONG for one in found)
    notes = sum(one.mark is Mark.NOTE for one in found)
    if json_:
        as_json({"ready": not wrong, "lines": plain(found)})
    elif wrong:
        line(f"CHƯA nâng cấp: {wrong} lỗi phải sửa, {notes} lời nhắc.")
    else:
        line(f"Nâng cấp được: không có lỗi, {notes} lời nhắc.")
    raise typer.Exit(bool(wrong))
