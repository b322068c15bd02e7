"""Commands that steer the gateway: configuration, the virtual clock; its health."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli import processes
from gateway.cli.client import call
from gateway.cli.frame import Json, fail, told
from gateway.cli.show import as_json, errors, line, moment, pairs, table

config = typer.Typer(no_args_is_help=True, help="Cấu hình.")
clock = typer.Typer(no_args_is_help=True, help="Đồng hồ ảo (chế độ giả lập).")
Folder = Annotated[Path, typer.Option("--folder", help="Thư mục cấu hình.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(config, name="config")
    app.add_typer(clock, name="clock")
    app.command("health")(health)


@told
def health(json_: Json = False) -> None:
    """Cổng có đang làm việc không; mã thoát 1 khi có việc đứng."""
    answer = call("GET", "/v1/health")
    if json_:
        as_json(answer)
    else:
        looked = answer["looked_at"]
        pairs([("Nhìn lại lúc", moment(looked) if looked else "chưa nhìn lần nào")])
        table(
            "Việc đứng",
            ["Ở đâu", "Việc gì", "Bao nhiêu", "Từ lúc", "Việc tiếp theo"],
            [_stands(row) for row in answer["standing"]],
        )
    if not (answer["ready"] and answer["works"]):
        raise typer.Exit(1)


def _stands(row: dict[str, Any]) -> tuple[object, ...]:
    since = moment(row["since"])
    name = row["where_name"]
    return (name, row["words"], row["count"], since, row["next_action"])


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
