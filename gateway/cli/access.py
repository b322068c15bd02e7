"""Commands that let the first people and systems in; they open the store themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from gateway.cli import processes
from gateway.cli.frame import told
from gateway.cli.processes import DEFAULT, Settings
from gateway.cli.show import line
from gateway.cli.steering import must_hold, tell
from gateway.domain.legal_day import VIETNAM

access = typer.Typer(
    no_args_is_help=True, help="Mã truy cập của người và của hệ thống một cửa."
)
Account = Annotated[str, typer.Argument(metavar="TÀI KHOẢN", help="Ví dụ quan-tri.a.")]
Name = Annotated[str, typer.Option("--name", help="Tên hiện trong nhật ký.")]
RoleName = Annotated[
    str,
    typer.Option("--role", help="administrator, operator, head, reader hoặc one_stop."),
]
System = Annotated[
    str, typer.Option("--system", help="Với one_stop: mã hệ thống một cửa ở cấu hình.")
]
_ONCE = (
    "Mã chỉ hiện một lần này; cổng không giữ mã, chỉ giữ vân tay. Mất thì cấp mã khác."
)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init")(told(init))
    app.add_typer(access, name="access")


def init(
    settings: Settings = DEFAULT,
    account: Annotated[
        str, typer.Option("--account", help="Tài khoản của quản trị đầu tiên.")
    ] = "quan-tri",
    name: Name = "",
) -> None:
    """Một lần, khi cài đặt: nạp cấu hình đầu tiên, cấp mã cho quản trị đầu tiên.

    Thư mục cấu hình là `configuration` của tệp thiết lập; có lỗi thì không ghi gì.
    """
    from gateway.settings import load  # noqa: PLC0415  others start faster
    from gateway.wiring.access import begin  # noqa: PLC0415

    folder, today = load(settings).configuration, datetime.now(VIETNAM).date()
    found = processes.check_configuration(folder, today, settings, None)
    tell(found)
    must_hold(found)
    token = begin(settings, account, name)
    line(f"Đã nạp cấu hình từ {folder}. Mã truy cập của {account} (quản trị):")
    line(f"  {token}")
    line(_ONCE)


@access.command("new")
@told
def access_new(
    account: Account,
    role: RoleName,
    name: Name = "",
    system: System = "",
    settings: Settings = DEFAULT,
) -> None:
    """Cấp mã; mã trước đó của tài khoản này hết dùng ngay.

    Kho là tệp SQLite thì dừng cổng trước; PostgreSQL thì không cần. Với one_stop, tài
    khoản chính là mã hệ thống. Cán bộ làm theo danh sách việc: lienthong officer add.
    """
    from gateway.wiring.access import grant  # noqa: PLC0415

    token = grant(settings, account, name, role, system or _system(account, role))
    line(f"Mã truy cập của {account} ({role}):")
    line(f"  {token}")
    line(_ONCE)


def _system(account: str, role: str) -> str:
    return account if role == "one_stop" else ""
