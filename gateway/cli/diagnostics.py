"""The file for whoever helps from afar."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.frame import fail, told
from gateway.cli.processes import DEFAULT, Settings
from gateway.cli.show import line
from gateway.domain.system_words import system_words


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("diagnostics")(told(diagnostics))


def diagnostics(
    file: Annotated[Path, typer.Argument(help="Tệp zip sẽ ghi; chưa được có sẵn.")],
    settings: Settings = DEFAULT,
) -> None:
    """Gom phiên bản, thiết lập đã che, số đếm, mã lỗi vào một tệp zip để nhờ xem hộ.

    Không có mã bí mật, không có dữ liệu cá nhân. Cổng chạy hay dừng đều được.
    """
    from gateway.wiring.diagnostics import write  # noqa: PLC0415

    if not settings.is_file():
        fail(f"Không có tệp thiết lập {settings}: thêm --settings TỆP.")
    try:
        missing = write(settings, file)
    except FileExistsError:
        fail(f"Đã có tệp {file}: chọn tên khác.")
    except OSError as error:
        fail(f"Không ghi được {file}: {system_words(error)}.")
    line(f"Đã ghi {file}. Mở ra xem trước khi gửi đi.")
    for name in missing:
        line(f"  Không xem được phần {name}; tệp ấy ghi lỗi gì.")
