"""Commands that steer the gateway: lanes, configuration, the virtual clock."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli import processes
from gateway.cli.client import call
from gateway.cli.frame import Json, Reason, fail, path, told
from gateway.cli.show import as_json, errors, line, moment, pairs, table
from gateway.console import labels

config = typer.Typer(no_args_is_help=True, help="Cấu hình.")
clock = typer.Typer(no_args_is_help=True, help="Đồng hồ ảo (chế độ giả lập).")
lane = typer.Typer(no_args_is_help=True, help="Dừng và mở việc gửi đến một cơ quan.")
Folder = Annotated[Path, typer.Option("--folder", help="Thư mục cấu hình.")]
Office = Annotated[str, typer.Argument(help="Mã đơn vị nhận, xem lane list.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(config, name="config")
    app.add_typer(clock, name="clock")
    app.add_typer(lane, name="lane")


@lane.command("list")
@told
def lane_list(json_: Json = False) -> None:
    """Tình trạng gửi đến từng cơ quan."""
    answer = call("GET", "/v1/lanes")
    if json_:
        as_json(answer)
        return
    table(
        "Việc gửi đến từng đơn vị",
        ["Mã đơn vị", "Tên", "Tình trạng"],
        [(row["office"], row["office_name"], _lane(row)) for row in answer["lanes"]],
    )


def _lane(row: dict[str, Any]) -> str:
    state = labels.lane(row["state"])
    if row["state"] == "open":
        return state
    by = f" ({labels.actor(row['by'])})" if row["by"] else ""
    why = f": {row['words']}" if row["words"] else ""
    return f"{state} từ {moment(row['since'])}{by}{why}"


def _steer(office: str, what: str, reason: str) -> None:
    answer = call(
        "POST",
        path("v1", "lanes", office, what),
        role="administrator",
        body={"reason": reason},
    )
    pairs([(answer["office"], labels.lane(answer["state"]))])


@lane.command("pause")
@told
def lane_pause(office: Office, reason: Reason) -> None:
    """Dừng gửi đến một cơ quan."""
    _steer(office, "pause", reason)


@lane.command("resume")
@told
def lane_resume(office: Office, reason: Reason) -> None:
    """Mở lại việc gửi đến một cơ quan."""
    _steer(office, "resume", reason)


@lane.command("shadow")
@told
def lane_shadow(office: Office, reason: Reason) -> None:
    """Chạy song song với cách làm hiện nay: lập lượt gửi để xem, không gửi gì."""
    _steer(office, "shadow", reason)


@lane.command("live")
@told
def lane_live(office: Office, reason: Reason) -> None:
    """Hết chạy song song: hồ sơ nhận từ bây giờ được gửi thật."""
    _steer(office, "live", reason)


@config.command("check")
@told
def config_check(folder: Folder = Path("config")) -> None:
    """Kiểm tra cấu hình trong thư mục, không áp dụng."""
    _must_hold(folder)
    line(f"Cấu hình trong {folder} hợp lệ.")


def _must_hold(folder: Path) -> None:
    found = processes.check_configuration(folder)
    for problem in found:
        errors.print(f"  {problem}", markup=False)
    if found:
        fail(f"{len(found)} lỗi cấu hình.")


@config.command("apply")
@told
def config_apply(folder: Folder = Path("config"), json_: Json = False) -> None:
    """Kiểm tra rồi áp dụng thành một phiên bản mới."""
    _must_hold(folder)
    content = processes.configuration_content(folder)
    answer = call("POST", "/v1/configuration", role="administrator", body=content)
    if json_:
        as_json(answer)
        return
    pairs([("Phiên bản đang chạy", answer["version"])])
    for change in answer["changes"]:
        line(f"  {change}")
    if not answer["changes"]:
        line("Không có gì thay đổi.")


@clock.command("advance")
@told
def clock_advance(
    to: Annotated[
        str, typer.Argument(help="+24h, +3d, hoặc thời điểm ISO có múi giờ.")
    ],
) -> None:
    """Đưa đồng hồ ảo của cổng và các cơ quan giả lập tới trước."""
    pairs([("Bây giờ là", moment(processes.advance_clock(to)))])
