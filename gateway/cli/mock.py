"""Commands on mock agencies: run all or some, step their clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from gateway.cli import mock_pki, processes
from gateway.cli.frame import told
from gateway.cli.show import line, moment, pairs

if TYPE_CHECKING:
    from gateway.wiring.mocking import Started

RUN = "run"
RUN_DIR = Path(".run") / "mock"
START = "2026-03-10T07:30:00+07:00"


class _RunsByDefault(TyperGroup):
    """``lienthong mock tax`` is ``lienthong mock run tax``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the word in where no command is named."""
        first = args[0] if args else ""
        if first not in {*self.commands, *ctx.help_option_names}:
            args = [RUN, *args]
        left: list[str] = super().parse_args(ctx, args)
        return left


mock = typer.Typer(
    cls=_RunsByDefault,
    help="Cơ quan giả lập: chạy tất cả hoặc vài cơ quan (docs/co-quan-gia-lap.vi.md).",
)
clock = typer.Typer(no_args_is_help=True, help="Đồng hồ ảo của các cơ quan giả lập.")
mock.add_typer(clock, name="clock")
RunDir = Annotated[
    Path, typer.Option("--run-dir", help="Nơi để khóa, sổ và thiết lập của chúng.")
]
Agencies = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CƠ QUAN]...",
        help="Tên thư mục cơ quan, hoặc lgsp, xroad; trống: tất cả.",
    ),
]
Host = Annotated[str, typer.Option(help="Địa chỉ để nghe.")]
Open = Annotated[bool, typer.Option("--open", help="Cho phép --host ngoài máy này.")]
Port = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65535,
        help="Cổng TCP đầu tiên, các cơ quan sau nối tiếp; 0: cổng trống bất kỳ.",
    ),
]
Clock = Annotated[
    str, typer.Option("--clock", help="real: giờ thật; virtual: đồng hồ ảo.")
]
Start = Annotated[str, typer.Option(help=f"Lúc đồng hồ ảo bắt đầu; mặc định {START}.")]
Seed = Annotated[int, typer.Option(help="Số gieo: cùng số, cùng diễn biến.")]
Callbacks = Annotated[
    str, typer.Option(help="Nơi chúng gọi về: URL/callbacks/MÃ ĐƠN VỊ.")
]
Front = Annotated[
    str, typer.Option(help="Phía một cửa của cổng: nơi nhận hồ sơ và có các trang.")
]
JournalToo = Annotated[
    bool, typer.Option("--journal", help="Ghi cả sổ trao đổi ra tệp, đã che bí mật.")
]
Stories = Annotated[
    Path | None, typer.Option(help="Thư mục kịch bản (*/scenario.toml).")
]
Faults = Annotated[Path | None, typer.Option(help="Tệp lỗi đặt sẵn.")]
Behaviour = Annotated[
    str,
    typer.Option(
        help="Nếp làm việc: on (như có sẵn), off, hoặc thư mục <cơ quan>.toml của mình."
    ),
]
Settings = Annotated[
    Path | None, typer.Option(help="Thiết lập của cổng trên máy này, để kiểm tra.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    mock_pki.add_to(mock)
    app.add_typer(mock, name="mock")


@mock.command(RUN)
@told
def run(  # noqa: PLR0913  each is an option
    agencies: Agencies = None,
    *,
    host: Host = "127.0.0.1",
    open_: Open = False,
    port: Port = None,
    clock_: Clock = "real",
    start: Start = "",
    seed: Seed = 0,
    run_dir: RunDir = RUN_DIR,
    callbacks: Callbacks = "http://127.0.0.1:8401",
    front: Front = "http://127.0.0.1:8400",
    journal: JournalToo = False,
    scenarios: Stories = None,
    faults: Faults = None,
    behaviour: Behaviour = "off",
    settings: Settings = None,
) -> None:
    """Chạy các cơ quan giả lập và hai nền tảng; Ctrl-C dừng tất cả."""
    from gateway.wiring import mocking  # noqa: PLC0415  others start faster
    from gateway.wiring.mocking_stage import Wanted  # noqa: PLC0415

    mocking.must_be_allowed(settings, host, is_open=open_)
    wanted = Wanted(
        names=tuple(agencies or ()),
        host=host,
        port=port,
        callbacks=_url("--callbacks", callbacks),
        front=_url("--front", front),
        start=_start(clock_, start),
        seed=seed,
        journal=journal,
        scenarios=_folder(scenarios),
        faults=faults,
        behaviour=behaviour,
    )
    if wanted.start:
        line(f"Đồng hồ ảo đứng ở {moment(wanted.start)}; cho chạy tới trước bằng:")
        line(f"  lienthong mock clock advance +1d --run-dir {run_dir}")
    raise typer.Exit(mocking.run(run_dir, wanted, _tell))


def _start(clock_: str, start: str) -> str:
    """Where virtual time begins; empty: real time.

    Raises:
        ValueError: there is no such clock, or no such moment.
    """
    if clock_ not in {"real", "virtual"}:
        raise ValueError(f"--clock {clock_}: chỉ có real (giờ thật) hoặc virtual (ảo).")
    if clock_ == "real":
        if start:
            raise ValueError("--start chỉ dùng với --clock virtual.")
        return ""
    return _moment(start or START).isoformat()


def _moment(text: str) -> datetime:
    found = processes.target(text)
    if isinstance(found, datetime):
        return found
    raise ValueError(f"«{text}» là một khoảng; ghi thời điểm, ví dụ {START}.")


def _url(option: str, text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError(f"{option} là địa chỉ bắt đầu bằng http:// hoặc https://")
    return text


def _folder(path: Path | None) -> Path | None:
    if path is not None and not path.is_dir():
        raise ValueError(f"--scenarios: không có thư mục {path}")
    return path and path.resolve()


def _tell(started: Started | None) -> None:
    if started is None:
        line("Ctrl-C để dừng.\n")
        return
    line(f"{started.name}: {started.address}")
    line(f"  trang xem:     {started.page}")
    if started.keys:
        shown = ", ".join(started.keys[:4])
        more = f" và {len(started.keys) - 4} khóa nữa" if len(started.keys) > 4 else ""
        line(f"  khóa:          {shown}{more}; giá trị ở {started.settings}")
    if started.calls:
        line(f"  gọi về:        {started.calls}")


@clock.command("now")
@told
def clock_now(run_dir: RunDir = RUN_DIR) -> None:
    """Các cơ quan giả lập đang ở lúc nào."""
    from gateway.wiring import mocking  # noqa: PLC0415

    now = mocking.clock_now(mocking.clock(run_dir))
    pairs([("Bây giờ là", moment(now.isoformat()))])


@clock.command("advance")
@told
def clock_advance(
    to: Annotated[
        str, typer.Argument(help="+24h, +3d, hoặc thời điểm ISO có múi giờ.")
    ],
    run_dir: RunDir = RUN_DIR,
) -> None:
    """Cho thời gian trôi tới đó; việc hẹn giờ xảy ra lần lượt."""
    _pass(run_dir, processes.target(to))


@clock.command("set")
@told
def clock_set(
    at: Annotated[str, typer.Argument(help="Thời điểm ISO; chỉ tới, không lùi.")],
    run_dir: RunDir = RUN_DIR,
) -> None:
    """Đặt đồng hồ ảo ở một thời điểm."""
    _pass(run_dir, _moment(at))


def _pass(run_dir: Path, to: datetime | timedelta) -> None:
    from gateway.wiring import mocking  # noqa: PLC0415

    mocks = mocking.clock(run_dir)
    now = mocking.clock_now(mocks)
    target = now + to if isinstance(to, timedelta) else to
    if target < now:
        raise ValueError("Đồng hồ chỉ đi tới, không đi lùi.")
    reached = mocking.clock_to(mocks, target)
    pairs([("Bây giờ là", moment(reached.isoformat()))])
