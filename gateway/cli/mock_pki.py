"""``lienthong mock pki``: certificates for tests, good ones and wrong ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.frame import told
from gateway.cli.show import line


def add_to(mock: typer.Typer) -> None:
    """Add the command to those on mock agencies."""
    mock.command("pki")(told(pki))


def pki(
    folder: Annotated[Path, typer.Argument(help="Thư mục mới để ghi chứng thư.")],
    *,
    soon_days: Annotated[
        int, typer.Option(help="Chứng thư sắp hết hạn còn bao nhiêu ngày.")
    ] = 7,
    host: Annotated[
        list[str] | None,
        typer.Option(help="Tên hoặc địa chỉ khác của máy chủ; ghi được nhiều lần."),
    ] = None,
) -> None:
    """Làm chứng thư để thử: tốt, hết hạn, sắp hết hạn, chưa hiệu lực, sai tên, sai nơi cấp."""
    from gateway.mockagency.pki import make  # noqa: PLC0415  others start faster

    now = datetime.now(UTC).replace(microsecond=0)
    made = make(folder, now=now, hosts=host or (), soon_days=soon_days)
    line(f"Đã ghi {len(made)} tệp vào {folder}; xem {made[-1]}.")
