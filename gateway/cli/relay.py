"""``lienthong relay``: the outer process, its table, its certificates."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.client import fetch
from gateway.cli.frame import told
from gateway.cli.show import line
from gateway.disk.durable import replace
from gateway.domain.relay_table import read

relay = typer.Typer(help="Cửa ngoài: chỉ cho qua những gì bảng của cổng ghi.")
Settings = Annotated[Path, typer.Option("--settings", help="Tệp thiết lập cửa ngoài.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(relay, name="relay")


@relay.callback(invoke_without_command=True)
def relay_run(
    context: typer.Context, settings: Settings = Path("/etc/lienthong/relay.toml")
) -> None:
    """Chạy cửa ngoài; không giữ kho, không giữ khóa dữ liệu nào."""
    if context.invoked_subcommand is None:
        _run(settings)


@told
def _run(settings: Path) -> None:
    from gateway.relay.running import run  # noqa: PLC0415  others start faster

    run(settings)


@relay.command("table")
@told
def relay_table(
    to: Annotated[Path, typer.Option("--to", help="Tệp để ghi bảng.")],
) -> None:
    """Ghi bảng cho phép của cổng đang chạy; chỉ có giá trị băm, không có mã bí mật nào."""
    content = fetch("/v1/relay/table", role="administrator")
    table = read(content)
    replace(to, content)
    for name, entries in table.doors.items():
        line(f"{name}: {len(entries)} loại lời gọi được qua.")
    line(f"Đã ghi {to}. Chép sang máy cửa ngoài; cửa ngoài tự đọc lại khi tệp đổi.")


@relay.command("pair")
@told
def relay_pair(
    folder: Annotated[Path, typer.Argument(help="Thư mục để ghi hai cặp chứng thư.")],
) -> None:
    """Làm chứng thư để cổng và cửa ngoài nhận ra nhau; hạn 825 ngày."""
    from gateway.relay.pairs import CORE, RELAY, make  # noqa: PLC0415

    make(folder, datetime.now(UTC))
    line(f"Máy cổng giữ {CORE}.key.pem, {CORE}.cert.pem, {RELAY}.cert.pem.")
    line(f"Máy cửa ngoài giữ {RELAY}.key.pem, {RELAY}.cert.pem, {CORE}.cert.pem.")
    line(f"Hai tệp .key.pem không ở chung một máy: chép xong thì xóa {folder}.")
