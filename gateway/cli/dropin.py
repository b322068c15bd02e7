"""Commands on links: one-stop systems that take the gateway for an office's system."""

from __future__ import annotations

import threading
import time
from typing import Annotated, Any

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, fail, path, told
from gateway.cli.show import as_json, line, moment, table

dropin = typer.Typer(
    no_args_is_help=True, help="Một cửa nối thẳng qua cổng bằng cách đổi một địa chỉ."
)
Office = Annotated[str, typer.Argument(help="Mã cơ quan, xem dropin list.")]
OneStop = Annotated[
    str, typer.Option("--one-stop", help="Mã một cửa, khi cơ quan có nhiều dòng nối.")
]
Wait = Annotated[float, typer.Option("--wait", help="Chờ nhiều nhất bao nhiêu giây.")]
#: Seconds between two looks.
LOOK_S = 2.0
_DIRECTIONS = {"to_office": "đến cơ quan", "to_one_stop": "về một cửa"}
_WAITS = {
    "unsent": "chưa gửi",
    "unconfirmed": "chưa rõ đã nhận hay chưa",
    "parked": "chờ cán bộ xử lý",
}


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(dropin, name="dropin")


@dropin.command("list")
@told
def dropin_list(json_: Json = False) -> None:
    """Các đường nối, cổng đang ở trong hay ngoài, còn chờ gì."""
    answer = call("GET", "/v1/links", role="operator")
    if json_:
        as_json(answer)
        return
    table(
        "Một cửa nối thẳng qua cổng",
        ["Một cửa → cơ quan", "Cổng", "Gọi đến cổng gần nhất", "Còn chờ"],
        [
            (
                f"{row['one_stop']}\n→ {row['office']}",
                "ở trong" if row["in_line"] else "không nhận thêm",
                f"một cửa: {_heard(row, 'one_stop')}\ncơ quan: {_heard(row, 'office')}",
                "\n".join(_waits(row)) or "không còn gì",
            )
            for row in answer["links"]
        ],
    )
    if any(row["heard_office_at"] is None for row in answer["links"]):
        line(
            "Cơ quan chưa gọi lần nào: địa chỉ phản hồi ở hệ thống của cơ quan chưa trỏ"
            " về cổng, hoặc chưa có phản hồi; xem lienthong dropin in."
        )


@dropin.command("in")
@told
def dropin_in(office: Office, one_stop: OneStop = "") -> None:
    """Nhận hồ sơ; nói văn phòng đất đai và một cửa đổi địa chỉ nào thành gì."""
    row = _said(office, one_stop, "in")
    line(f"Cổng nhận hồ sơ của {row['one_stop']} gửi {row['office']}.")
    line("1. Văn phòng đất đai sửa địa chỉ phản hồi trong hệ thống của mình thành")
    line(f"   {{cổng phía cơ quan}}{row['callbacks']}")
    line(f"   mã bí mật: khóa {row['callbacks_secret']}")
    if row["heard_office_at"]:
        line(f"   Cơ quan đã gọi về cổng: {_heard(row, 'office')}.")
    else:
        line("   Cổng chưa nhận cuộc gọi nào của cơ quan theo địa chỉ này.")
    line("2. Một cửa đổi địa chỉ của hệ thống đất đai trong phần mềm thành")
    line(f"   {{cổng}}{row['address']}")
    line(f"   {{secret}}: khóa {row['secret']}")


@dropin.command("out")
@told
def dropin_out(office: Office, one_stop: OneStop = "", wait: Wait = 600.0) -> None:
    """Không nhận thêm, chờ gửi hết; khi xong thì một cửa đổi địa chỉ trở lại."""
    until = time.monotonic() + wait
    before = ""
    while not (row := _said(office, one_stop, "out"))["may_change_back"]:
        waits = "; ".join(_waits(row))
        if waits != before:
            line(f"Còn chờ: {waits}.")
        before = waits
        if time.monotonic() >= until:
            fail(
                "Chưa ra khỏi đường nối được: đừng đổi địa chỉ. Chạy lại lệnh này sau."
            )
        threading.Event().wait(LOOK_S)
    line(f"Không còn gì chờ: {row['one_stop']} đổi địa chỉ trở lại được.")


def _said(office: str, one_stop: str, what: str) -> dict[str, Any]:
    """Say it of the one link to an office."""
    links = call("GET", "/v1/links", role="operator")["links"]
    found = [
        row
        for row in links
        if row["office"] == office and one_stop in {"", row["one_stop"]}
    ]
    if len(found) != 1:
        fail(f"Không có đúng một đường nối đến {office}; xem lienthong dropin list.")
    where = path("v1", "links", found[0]["one_stop"], office, what)
    answer: dict[str, Any] = call("POST", where, role="administrator")
    return answer


def _heard(row: dict[str, Any], end: str) -> str:
    """When one end called last."""
    return moment(row[f"heard_{end}_at"]) or "chưa lần nào"


def _waits(row: dict[str, Any]) -> list[str]:
    """What is still owed, in words."""
    return [
        f"{row[direction][what]} thông điệp {to} {said}"
        for direction, to in _DIRECTIONS.items()
        for what, said in _WAITS.items()
        if row[direction][what]
    ]
