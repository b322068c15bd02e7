"""Commands that start processes or look at files: up, serve, mock, migrate, clock."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer

from gateway.cli.client import Unreachable, run_folder
from gateway.cli.show import errors
from gateway.mockagency import conductor
from gateway.routing.lint import problems
from gateway.wiring import installed
from gateway.wiring.files import read_folder

Settings = Annotated[Path, typer.Option("--settings", help="Tệp thiết lập TOML.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command("serve")
    def serve(settings: Settings = Path("config/gateway.toml")) -> None:
        """Chạy cổng liên thông."""
        from gateway.wiring.serve import run  # noqa: PLC0415  the client needs no server

        run(settings)

    @app.command("mock")
    def mock(
        agency: Annotated[str, typer.Argument(help="Mã cơ quan.")],
        port: Annotated[int, typer.Option()] = 0,
    ) -> None:
        """Chạy riêng một cơ quan giả lập."""
        from gateway.wiring.up import run_one_mock  # noqa: PLC0415

        run_one_mock(agency, port)

    @app.command("migrate")
    def migrate(settings: Settings = Path("config/gateway.toml")) -> None:
        """Đưa kho lưu trữ lên phiên bản mới (chỉ tiến)."""
        from gateway.wiring.serve import migrate_store  # noqa: PLC0415

        for line in migrate_store(settings):
            errors.print(line)

    @app.command("up")
    def up(
        once: Annotated[
            bool, typer.Option("--once", help="Chạy hết các hồ sơ ví dụ rồi dừng.")
        ] = False,
        run_dir: Annotated[Path, typer.Option("--run-dir")] = Path(".run"),
    ) -> None:
        """Cổng, các cơ quan giả lập và hồ sơ ví dụ trên máy này."""
        from gateway.wiring.up import run  # noqa: PLC0415

        raise typer.Exit(run(run_dir, once=once))


def configuration_content(folder: Path) -> dict[str, Any]:
    """The configuration files as one value."""
    return read_folder(folder)


def check_configuration(folder: Path) -> list[str]:
    """Everything wrong with a folder of configuration."""
    try:
        content = read_folder(folder)
    except ValueError as wrong:
        return [str(wrong)]
    return problems(content, installed.kinds())


def agencies() -> list[dict[str, Any]]:
    """Installed agencies with what they can do and where their documents come from."""
    return installed.described()


def advance_clock(to: str) -> str:
    """Let virtual time pass in the running mock mode; the moment reached."""
    note = run_folder() / "participants.json"
    if not note.exists():
        raise Unreachable("chế độ giả lập chưa chạy")
    participants = json.loads(note.read_text("utf-8"))

    async def pass_time() -> str:
        async with aiohttp.ClientSession() as session:
            now = await conductor.now(session, participants[0])
        target = _target(to, now)
        return (await conductor.advance(participants, target, until=_never)).isoformat()

    try:
        return asyncio.run(pass_time())
    except aiohttp.ClientError as away:
        raise Unreachable(type(away).__name__) from away


async def _never() -> bool:
    return False


def _target(to: str, now: datetime) -> datetime:
    if to.startswith("+") and to.endswith("h"):
        return now + timedelta(hours=float(to[1:-1]))
    return datetime.fromisoformat(to)
