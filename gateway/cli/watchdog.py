"""The watchdog, for another machine than those that it watches."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.frame import UNREACHABLE, fail, told
from gateway.cli.show import errors, line, moment

if TYPE_CHECKING:
    from gateway.wiring.watchdog import Seen

Config = Annotated[
    Path, typer.Option("--config", help="Tệp thiết lập của người canh gác (TOML).")
]
Every = Annotated[
    float,
    typer.Option("--every", help="Hỏi mãi, cách nhau số giây này; 0: hỏi một lần."),
]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("watchdog")(told(watchdog))


def watchdog(config: Config, every: Every = 0) -> None:
    """Chạy ở máy khác: hỏi cổng còn làm việc không, báo khi không và khi trở lại.

    Mã thoát (khi hỏi một lần): 0 mọi cổng làm việc; 2 có cổng không làm việc;
    1 thiết lập sai, hoặc có tin không gửi được.
    """
    # pydantic is loaded only here: other commands start at once without it.
    from gateway.wiring.watchdog import load, look  # noqa: PLC0415

    settings = load(config)
    rest = threading.Event()
    while True:
        seen = look(settings)
        for one in seen:
            _say(one)
        if not every:
            break
        rest.wait(every)
    if any(one.down for one in seen):
        raise typer.Exit(UNREACHABLE)
    if any(one.untold for one in seen):
        fail("Có tin không gửi được; lần hỏi sau gửi lại.")


def _say(one: Seen) -> None:
    if one.down:
        line(f"{one.name}: không làm việc từ {moment(one.since)}: {one.why}")
    elif one.why:
        line(f"{one.name}: lần này {one.why}; hỏi lại rồi mới báo")
    else:
        line(f"{one.name}: làm việc")
    if one.untold:
        errors.print(f"  chưa báo được qua: {', '.join(one.untold)}", markup=False)
