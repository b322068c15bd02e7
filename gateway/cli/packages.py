"""Commands about packages that people carry: list, take along, bring back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from gateway.cli.client import call, fetch
from gateway.cli.frame import Json, path, told
from gateway.cli.saving import save
from gateway.cli.show import as_json, line, moment, table
from gateway.console import labels, show

package = typer.Typer(
    no_args_is_help=True, help="Gói tin mang tay giữa cổng và cơ quan (kênh file)."
)
Office = Annotated[str, typer.Argument(help="Mã kênh, xem package list.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(package, name="package")


@package.command("list")
@told
def package_list(json_: Json = False) -> None:
    """Gói chờ mang đi, cũ nhất trước; gói nằm đó cho đến khi có biên nhận."""
    answer = call("GET", "/v1/packages")
    if json_:
        as_json(answer)
        return
    for desk in answer["desks"]:
        table(
            f"Gói chờ mang đi: {desk['office_name']} ({desk['office']})",
            ["Gói", "Nội dung", "Từ lúc"],
            [
                (row["name"], what(row), f"{moment(row['since'])}\n{size(row)}")
                for row in desk["outgoing"]
            ],
        )


def what(row: dict[str, Any]) -> str:
    """What a package is about, for people."""
    if row["answers"]:
        return "Biên nhận cho gói của cơ quan"
    if "number" not in row:
        return "Hồ sơ ngoài phạm vi được xem"
    return f"{labels.message_kind(row['kind'])}\n{row['number']}"


def size(row: dict[str, Any]) -> str:
    """Size of a package, for people."""
    return show.size(row["size_bytes"])


@package.command("take")
@told
def package_take(
    office: Office,
    folder: Annotated[
        Path, typer.Argument(help="Thư mục ghi bản sao, ví dụ trên thiết bị nhớ.")
    ],
) -> None:
    """Chép mọi gói chờ mang đi vào một thư mục; chép lại nhiều lần vẫn an toàn."""
    desk = _desk(office)
    folder.mkdir(parents=True, exist_ok=True)
    for row in desk["outgoing"]:
        target = folder / Path(row["name"]).name
        save(target, fetch(path("v1", "packages", office, row["name"])))
    os.sync()
    line(f"Đã chép {len(desk['outgoing'])} gói vào {folder}.")


def _desk(office: str) -> dict[str, Any]:
    answer = call("GET", "/v1/packages")
    for desk in answer["desks"]:
        if desk["office"] == office:
            found: dict[str, Any] = desk
            return found
    known = ", ".join(desk["office"] for desk in answer["desks"]) or "không có"
    raise ValueError(f"{office} không phải kênh gói tin; kênh gói tin: {known}.")


@package.command("bring")
@told
def package_bring(
    office: Office,
    files: Annotated[list[Path], typer.Argument(help="Tệp .p7m hoặc .zip mang về.")],
    json_: Json = False,
) -> None:
    """Nộp các gói cơ quan gửi về; gói nộp lại không làm thay đổi gì."""
    done = []
    for file in files:
        where = f"{path('v1', 'packages', office)}?{urlencode({'name': file.name})}"
        raw = file.read_bytes()
        kind = "application/octet-stream"
        done += call("POST", where, raw=raw, content_type=kind)["packages"]
    if json_:
        as_json({"packages": done})
        return
    table(
        "Gói đã nộp",
        ["Gói", "Kết quả", "Việc tiếp theo"],
        [(one["number"], outcome(one), following(one)) for one in done],
    )


def outcome(one: dict[str, Any]) -> str:
    """What became of a package, for people."""
    if not one["taken"]:
        return f"Không nhận: {one['words']}"
    said = [f"Đã nhận; {one['reports']} phản hồi, {one['confirms']} biên nhận"]
    said += [
        f"{row['count']} dòng không nhận: {row['words']}" for row in one["not_taken"]
    ]
    return "\n".join(said)


def following(one: dict[str, Any]) -> str:
    """What is to be done next, for people."""
    if not one["taken"]:
        return str(one["next_action"])
    return "\n".join(dict.fromkeys(row["next_action"] for row in one["not_taken"]))
