"""Commands that start processes or look at files: up, serve, migrate.

Servers and HTTP libraries are imported where they are used, so that a command
that only asks the API starts at once.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.client import Unreachable, run_folder
from gateway.cli.frame import told
from gateway.cli.show import line
from gateway.domain.legal_day import VIETNAM

if TYPE_CHECKING:
    from collections.abc import Container

    from gateway.wiring.located import Located
    from gateway.wiring.up import View

#: In the folder of a release or of developers, and of an installation.
DEFAULT, INSTALLED = Path("config/gateway.toml"), Path("/etc/lienthong/gateway.toml")


def _of_this_machine(context: typer.Context, settings: Path) -> Path:
    """The installation's own where nobody named one and none lies in this folder."""
    source = context.get_parameter_source("settings")
    named = source is not None and not source.name.startswith("DEFAULT")
    if named or settings.exists() or not INSTALLED.exists():
        return settings
    return INSTALLED


Settings = Annotated[
    Path,
    typer.Option(
        "--settings",
        callback=_of_this_machine,
        help=f"Tệp thiết lập TOML; thư mục này không có thì {INSTALLED}.",
    ),
]
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
#: The longest way of a clock at once.
LONGEST = timedelta(days=3660)
_STEP = re.compile(r"\+(\d+(?:\.\d+)?)([mhd])")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (serve, migrate, up, fortnight):
        app.command(command.__name__)(told(command))


def serve(settings: Settings = DEFAULT) -> None:
    """Chạy cổng liên thông."""
    from gateway.wiring.process import run  # noqa: PLC0415

    run(settings)


def migrate(settings: Settings = DEFAULT) -> None:
    """Đưa kho lưu trữ lên phiên bản mới (chỉ tiến)."""
    from gateway.wiring.process import migrate_store  # noqa: PLC0415

    facts = migrate_store(settings)
    line("Kho lưu trữ đã ở phiên bản mới nhất:")
    for fact in facts:
        line(f"  {fact}")


def up(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Chạy hết các hồ sơ ví dụ rồi dừng.")
    ] = False,
    run_dir: Annotated[
        Path, typer.Option("--run-dir", help="Nơi để kho, khóa và sổ.")
    ] = Path(".run"),
) -> None:
    """Cổng, các cơ quan giả lập và hồ sơ ví dụ trên máy này."""
    from gateway.cli.live import Progress  # noqa: PLC0415
    from gateway.wiring.up import run  # noqa: PLC0415

    def make_view(address: str, token: str, hours_per_second: float) -> View:
        return Progress(address, token, hours_per_second).view

    raise typer.Exit(run(run_dir, once=once, make_view=make_view))


def fortnight(
    *,
    plan: Annotated[
        Path | None,
        typer.Option(help="Kế hoạch khác thay cho examples/fortnight/plan.toml."),
    ] = None,
    dossiers: Annotated[
        int, typer.Option(help="Bao nhiêu hồ sơ; 0: như kế hoạch.")
    ] = 0,
    seed: Annotated[
        int | None, typer.Option(help="Hạt giống khác của ngẫu nhiên.")
    ] = None,
    run_dir: Annotated[
        Path, typer.Option("--run-dir", help="Nơi để kho, khóa và sổ.")
    ] = Path(".run"),
) -> None:
    """Hai tuần của một tỉnh giả lập: các cơ quan tự làm việc, có sự cố; rồi tổng hợp."""
    from gateway.cli.fortnight import shown  # noqa: PLC0415
    from gateway.wiring.fortnight_run import start  # noqa: PLC0415

    told = start(run_dir, plan, dossiers=dossiers, seed=seed, tell=line)
    if told is None:
        raise typer.Exit(130)
    shown(told)
    if told.lost or told.doubled or told.refused:
        raise typer.Exit(1)


def configuration_content(folder: Path) -> dict[str, Any]:
    """The configuration files as one value.

    Raises:
        ValueError: there is no such folder, or a file is no TOML.
    """
    from gateway.wiring.files import read_folder  # noqa: PLC0415

    if not folder.is_dir():
        raise ValueError(f"Không có thư mục cấu hình {folder}")
    return read_folder(folder)


def check_configuration(
    folder: Path, day: date, settings: Path | None, contacts: Container[str] | None
) -> list[Located]:
    """Everything wrong with a folder of configuration, with file and line."""
    from gateway.settings import load  # noqa: PLC0415
    from gateway.wiring.checking import check_folder  # noqa: PLC0415

    known = None if settings is None else load(settings)
    return check_folder(folder, day, settings=known, contacts=contacts)


def check_calendar(file: Path, year: str, folder: Path) -> list[Located]:
    """Everything wrong with one year's calendar, by line.

    Units are known where ``folder`` has a configuration.
    """
    from gateway.wiring.calendars import check_file, offices_of  # noqa: PLC0415

    known = folder.is_dir()
    offices = offices_of(configuration_content(folder)) if known else None
    return check_file(file, year, offices)


def calendar_content(file: Path) -> dict[str, Any]:
    """One year's calendar as one value."""
    from gateway.wiring.calendars import read_year  # noqa: PLC0415

    return read_year(file)


def advance_clock(to: str) -> str:
    """Let virtual time pass in the running mock mode; the moment reached.

    Raises:
        ValueError: ``to`` is no moment and no span.
        Unreachable: mock mode does not run.
    """
    import asyncio  # noqa: PLC0415

    import aiohttp  # noqa: PLC0415

    from gateway.mockagency import conductor  # noqa: PLC0415

    step = target(to)
    note = run_folder() / "participants.json"
    if not note.exists():
        raise Unreachable("chế độ giả lập chưa chạy; chạy lienthong up trước")
    participants = json.loads(note.read_text("utf-8"))

    async def pass_time() -> str:
        async with aiohttp.ClientSession() as session:
            now = await conductor.now(session, participants[0])
        at = now + step if isinstance(step, timedelta) else step
        if at < now:
            raise ValueError("Đồng hồ chỉ đi tới, không đi lùi.")
        return (await conductor.advance(participants, at, until=_never)).isoformat()

    try:
        return asyncio.run(pass_time())
    except aiohttp.ClientError as away:
        raise Unreachable(type(away).__name__) from away


async def _never() -> bool:
    return False


def _span(count: float, unit: str) -> timedelta:
    seconds = count * timedelta(**{unit: 1}).total_seconds()
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"Nhiều nhất là +{LONGEST.days}d.")
    return timedelta(seconds=seconds)


def target(to: str) -> datetime | timedelta:
    """A moment or a span, as people type it.

    Raises:
        ValueError: it is neither.
    """
    step = _STEP.fullmatch(to)
    if step:
        return _span(float(step[1]), _UNITS[step[2]])
    try:
        at = datetime.fromisoformat(to)
    except ValueError:
        raise ValueError(
            f"«{to}» không phải thời điểm; viết +24h, +3d hoặc 2026-03-12T08:00+07:00"
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=VIETNAM)
