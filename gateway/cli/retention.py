"""Commands on what is kept how long, what is held, and deleting."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, Reason, path, told
from gateway.cli.show import as_json, line, moment, table

retention = typer.Typer(
    no_args_is_help=True, help="Thời hạn lưu dữ liệu và việc xóa khi hết hạn."
)
Number = Annotated[str, typer.Argument(help="Số bất kỳ của hồ sơ.")]
Days = Annotated[
    list[str],
    typer.Option(
        "--days",
        help="LOẠI=NGÀY, lặp lại được: documents, files, exchanged, notes, index, dossier."
        " Loại không ghi thì giữ mãi.",
    ),
]
Basis = Annotated[str, typer.Option("--basis", help="Căn cứ: số quyết định.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Chỉ xem trước sẽ xóa gì.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(retention, name="retention")


@retention.command("show")
@told
def retention_show(json_: Json = False) -> None:
    """Dữ liệu nào giữ bao lâu, hồ sơ nào đang giữ lại, lần xóa gần nhất."""
    found = call("GET", "/v1/retention")
    if json_:
        as_json(found)
        return
    for rule in filter(None, [found["rule"], *found["later"]]):
        _rule(rule, found["kinds"])
    if not found["rule"]:
        line("Chưa có thời hạn lưu nào áp dụng: mọi dữ liệu được giữ.")
    table(
        "Hồ sơ đang giữ lại",
        ["Hồ sơ", "Từ lúc", "Người giữ"],
        [(one["dossier_id"], moment(one["at"]), one["by"]) for one in found["held"]],
    )
    last = found["last"]
    if last:
        line(
            f"Lần xóa gần nhất {moment(last['at'])}: {last['deleted']} lượt,"
            f" {last['rows']} mục, {last['files']} tệp; {last['busy']} hồ sơ chưa xóa"
            " được vì còn việc chưa xong."
        )


def _rule(rule: dict[str, Any], kinds: dict[str, str]) -> None:
    table(
        f"Bản {rule['version']}, áp dụng từ {moment(rule['effect_at'])},"
        f" căn cứ {rule['basis']}",
        ["Loại", "Là gì", "Số ngày sau khi hồ sơ kết thúc"],
        [
            (kind, words, str(rule["days"].get(kind, "giữ mãi")))
            for kind, words in kinds.items()
        ],
    )


@retention.command("set")
@told
def retention_set(basis: Basis, days: Days, json_: Json = False) -> None:
    """Đặt thời hạn lưu; xóa sớm hơn trước thì sau 3 ngày mới áp dụng."""
    body = {"basis": basis, "days": dict(_pair(one) for one in days)}
    found = call("PUT", "/v1/retention", role="administrator", body=body)
    if json_:
        as_json(found)
        return
    line(
        f"Đã ghi bản {found['version']}, áp dụng từ {moment(found['effect_at'])}."
        " Xem trước sẽ xóa gì: lienthong retention run --dry-run."
    )


def _pair(text: str) -> tuple[str, int]:
    kind, _, count = text.partition("=")
    if not kind or not count.isdigit():
        message = f"«{text}» không phải LOẠI=NGÀY, ví dụ files=1825."
        raise ValueError(message)
    return kind, int(count)


@retention.command("run")
@told
def retention_run(dry_run: DryRun = False, json_: Json = False) -> None:
    """Xóa ngay những gì hết hạn lưu, không chờ lượt trong ngày; --dry-run chỉ xem."""
    found = call(
        "POST", "/v1/retention/run", role="administrator", body={"dry_run": dry_run}
    )
    if json_:
        as_json(found)
        return
    table(
        "Hết hạn lưu bây giờ",
        ["Loại", "Hồ sơ", "Chưa xóa được, còn việc chưa xong"],
        [
            (
                one["words"],
                f"{'hơn ' * one['more']}{one['count']}",
                str(one["unfinished"]),
            )
            for one in found["ahead"]
        ],
    )
    if not dry_run:
        line(
            "Máy giữ việc xóa sẽ bắt đầu trong một phút; xem lienthong retention show."
        )


@retention.command("hold")
@told
def retention_hold(number: Number, reason: Reason, json_: Json = False) -> None:
    """Giữ lại một hồ sơ vì khiếu nại, thanh tra: không xóa gì cho đến khi thôi giữ."""
    about = path("v1", "dossiers", number, "hold")
    found = call("POST", about, body={"reason": reason})
    if json_:
        as_json(found)
        return
    line(f"Đã giữ lại hồ sơ {number}.")


@retention.command("release")
@told
def retention_release(number: Number, json_: Json = False) -> None:
    """Thôi giữ lại: hồ sơ lại theo thời hạn lưu."""
    about = path("v1", "dossiers", number, "hold", "release")
    found = call("POST", about, role="administrator")
    if json_:
        as_json(found)
        return
    line(f"Đã thôi giữ lại hồ sơ {number}.")
