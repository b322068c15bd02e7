"""Commands that steer the gateway: configuration, the virtual clock; its health."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli import processes
from gateway.cli.client import Refused, Unreachable, call
from gateway.cli.frame import Json, Reason, day_typed, fail, path, told
from gateway.cli.show import as_json, errors, line, moment, pairs, table
from gateway.domain.legal_day import VIETNAM

if TYPE_CHECKING:
    from gateway.wiring.located import Located

config = typer.Typer(no_args_is_help=True, help="Cấu hình.")
clock = typer.Typer(no_args_is_help=True, help="Đồng hồ ảo (chế độ giả lập).")
Folder = Annotated[Path, typer.Option("--folder", help="Như tham số FOLDER.")]
Place = Annotated[
    Path | None, typer.Argument(metavar="[FOLDER]", help="Thư mục cấu hình (config).")
]
WithSettings = Annotated[
    Path | None,
    typer.Option(
        "--settings", help="Tệp thiết lập: xem cả khóa và địa chỉ của từng đơn vị."
    ),
]
Waiting = Annotated[str, typer.Argument(help="Mã của thay đổi đang chờ.")]
Day = Annotated[
    str, typer.Option("--day", help="Kiểm tra như ở ngày này; trống là hôm nay.")
]


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
def config_check(
    folder: Place = None,
    folder_: Folder = Path("config"),
    settings: WithSettings = None,
    day: Day = "",
    json_: Json = False,
) -> None:
    """Kiểm tra cấu hình trong thư mục, không áp dụng; mã thoát 1 khi có lỗi, 0 khi chỉ có lời nhắc."""
    found = _found(folder or folder_, settings, day)
    wrong = sum(not one.finding.warning for one in found)
    if json_:
        rows = [plain(one) for one in found]
        counted = {"errors": wrong, "warnings": len(found) - wrong}
        as_json({"valid": not wrong, **counted, "findings": rows})
        raise typer.Exit(bool(wrong))
    tell(found)
    if found:
        files = len({one.file for one in found})
        line(f"{wrong} lỗi, {len(found) - wrong} lời nhắc ở {files} tệp.")
    must_hold(found)
    line(f"Cấu hình trong {folder or folder_} hợp lệ.")


def _found(folder: Path, settings: Path | None, day: str) -> list[Located]:
    """Findings; of contacts only where the gateway answers."""
    on = day_typed(day) if day else datetime.now(VIETNAM).date()
    return processes.check_configuration(folder, on, settings, _contacts())


def _contacts() -> set[str] | None:
    try:
        answer = call("GET", "/v1/contacts", role="administrator")
    except (Refused, Unreachable):
        return None
    return {row["office"] for row in answer["contacts"] if row["holds"]}


def tell(found: list[Located]) -> None:
    """Findings on the error stream, one per line."""
    for one in found:
        kind = "nhắc" if one.finding.warning else "lỗi"
        errors.print(
            f"{one.file}:{one.line}: {kind}: {one.finding.what}. {one.finding.todo}",
            markup=False,
            soft_wrap=True,
        )


def plain(one: Located) -> dict[str, Any]:
    """A finding for programs."""
    return {
        "file": one.file,
        "line": one.line,
        "severity": "warning" if one.finding.warning else "error",
        "what": one.finding.what,
        "todo": one.finding.todo,
    }


def must_hold(found: list[Located]) -> None:
    """End where anything but warnings was found."""
    wrong = sum(not one.finding.warning for one in found)
    if wrong:
        fail(f"{wrong} lỗi cấu hình.")


@config.command("apply")
@told
def config_apply(
    folder: Place = None,
    folder_: Folder = Path("config"),
    settings: WithSettings = None,
    json_: Json = False,
) -> None:
    """Kiểm tra rồi áp dụng thành một phiên bản mới."""
    found = _found(folder or folder_, settings, "")
    tell(found)
    must_hold(found)
    content = processes.configuration_content(folder or folder_)
    answer = call("POST", "/v1/configuration", role="administrator", body=content)
    if json_:
        as_json(answer)
        return
    pairs([("Phiên bản đang chạy", answer["version"])])
    for change in answer["changes"]:
        line(f"  {change}")
    if not answer["changes"]:
        line("Không có gì thay đổi.")
    if "waiting" in answer:
        _waits(answer["waiting"])


def _waits(row: dict[str, Any]) -> None:
    """What waits for its second person, and what is to be done about it."""
    line(
        f"Đang chờ người thứ hai duyệt: {row['id']}, {row['by']} đề nghị lúc"
        f" {moment(row['at'])}. Chưa có gì đổi."
    )
    if row["reason"]:
        line(f"  Lý do: {row['reason']}")
    for one in row["destinations"]:
        line(f"  {one['id']}: {', '.join(one['keys'])}")
    if row["overtaken"]:
        line("  Cấu hình đã đổi sau đó: chỉ bỏ được (lienthong config refuse).")
    elif row["takes_effect_at"]:
        line(
            "  Không có người thứ hai; đã báo lãnh đạo, có hiệu lực lúc"
            f" {moment(row['takes_effect_at'])} nếu không ai bỏ."
        )
    elif row["nobody_else"]:
        line("  Không có người thứ hai có quyền duyệt: cổng báo lãnh đạo của một cửa.")
    else:
        line(f"  Người khác duyệt: lienthong config approve {row['id']}")


@config.command("waiting")
@told
def config_waiting(json_: Json = False) -> None:
    """Thay đổi nơi gửi, khóa của đơn vị đang chờ người thứ hai duyệt."""
    answer = call("GET", "/v1/configuration/waiting", role="administrator")
    if json_:
        as_json(answer)
    elif answer["waiting"]:
        _waits(answer["waiting"])
    else:
        line("Không có thay đổi nơi gửi nào chờ duyệt.")


@config.command("approve")
@told
def config_approve(identifier: Waiting, reason: Reason, json_: Json = False) -> None:
    """Duyệt thay đổi nơi gửi mà người khác đề nghị; cấu hình có phiên bản mới ngay."""
    _decided(identifier, "approval", reason, json_=json_)


@config.command("refuse")
@told
def config_refuse(identifier: Waiting, reason: Reason, json_: Json = False) -> None:
    """Bỏ thay đổi nơi gửi đang chờ; cấu hình đang chạy giữ nguyên."""
    _decided(identifier, "refusal", reason, json_=json_)


def _decided(identifier: str, what: str, reason: str, *, json_: bool) -> None:
    answer = call(
        "POST",
        path("v1", "configuration", "waiting", identifier, what),
        role="administrator",
        body={"reason": reason},
    )
    if json_:
        as_json(answer)
    else:
        pairs([("Phiên bản đang chạy", answer["version"])])


@config.command("dry-run")
@told
def config_dry_run(
    folder: Place = None,
    folder_: Folder = Path("config"),
    since: Annotated[str, typer.Option(help="Từ ngày; trống là hôm qua.")] = "",
    until: Annotated[str, typer.Option(help="Đến ngày; trống là như --since.")] = "",
    json_: Json = False,
) -> None:
    """Chạy thử cấu hình trên hồ sơ đã có và nêu hồ sơ nào sẽ khác; không gửi, không lưu."""
    found = _found(folder or folder_, None, "")
    tell(found)
    must_hold(found)
    body: dict[str, Any] = {
        "configuration": processes.configuration_content(folder or folder_)
    }
    for name, day in (("since", since), ("until", until)):
        body |= {name: day_typed(day).isoformat()} if day else {}
    answer = call("POST", "/v1/configuration/dry-run", role="administrator", body=body)
    if json_:
        as_json(answer)
        return
    for change in answer["changes"]:
        line(f"  {change}")
    for row in answer["dossiers"]:
        line(row["number"], style="bold")
        for said in row["differs"]:
            line(f"    {said}")
    line(
        f"{answer['looked_at']} hồ sơ từ {answer['since']} đến {answer['until']}:"
        f" {answer['differ']} sẽ khác. Chưa có gì được áp dụng."
    )
    if answer["looked_at"] == answer["most"]:
        line(f"Chỉ xét {answer['most']} hồ sơ đầu: chọn khoảng ngày ngắn hơn.")


@clock.command("advance")
@told
def clock_advance(
    to: Annotated[
        str, typer.Argument(help="+24h, +3d, hoặc thời điểm ISO có múi giờ.")
    ],
) -> None:
    """Đưa đồng hồ ảo của cổng và các cơ quan giả lập tới trước."""
    pairs([("Bây giờ là", moment(processes.advance_clock(to)))])
