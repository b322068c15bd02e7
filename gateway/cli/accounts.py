"""Commands on accounts of people who sign in at the pages."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli.client import call
from gateway.cli.frame import Json, Reason, path, told
from gateway.cli.show import as_json, day, line, pairs, table

account = typer.Typer(
    no_args_is_help=True, help="Tài khoản đăng nhập các trang (tên và mật khẩu)."
)
Name = Annotated[str, typer.Argument(metavar="TÀI KHOẢN", help="Ví dụ van-hanh.a.")]
FullName = Annotated[str, typer.Option("--name", help="Họ tên, hiện trên các trang.")]
RoleName = Annotated[
    str, typer.Option("--role", help="administrator, operator, head hoặc reader.")
]
Offices = Annotated[
    list[str] | None,
    typer.Option("--office", help="Chỉ hồ sơ của đơn vị này; nhiều lần được."),
]
Second = Annotated[
    bool, typer.Option("--second-factor", help="Bỏ cả xác thực hai lớp.")
]
_ONCE = "Mật khẩu chỉ hiện một lần này; lần đăng nhập đầu tiên phải đổi."


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(account, name="account")


@account.command("list")
@told
def account_list(json_: Json = False) -> None:
    """Ai đăng nhập được, vai gì, của đơn vị nào, dùng gần nhất ngày nào, mấy phiên."""
    answer = call("GET", "/v1/accounts", role="administrator")
    if json_:
        as_json(answer)
        return
    table(
        "Tài khoản",
        ["Tài khoản", "Họ tên", "Vai", "Đơn vị", "Dùng gần nhất", "Phiên", ""],
        [
            (
                *(row["account"], row["name"], row["role"]),
                ", ".join(row["offices"]) or "mọi hồ sơ",
                day(row["last_used_on"]) if row["last_used_on"] else "chưa dùng",
                str(row["sessions"]),
                _standing(row),
            )
            for row in answer["accounts"]
        ],
    )


def _standing(row: dict[str, Any]) -> str:
    if row["ended_at"]:
        return "đã khóa hẳn"
    return "chưa đổi mật khẩu đầu tiên" if row["must_change"] else ""


@account.command("new")
@told
def account_new(
    which: Name,
    name: FullName,
    role: RoleName,
    reason: Reason,
    office: Offices = None,
    json_: Json = False,
) -> None:
    """Lập tài khoản, in mật khẩu đầu tiên."""
    body = {
        "account": which,
        "name": name,
        "role": role,
        "offices": office or [],
        "reason": reason,
    }
    _first("/v1/accounts", body, json_=json_)


@account.command("reset")
@told
def account_reset(
    which: Name, reason: Reason, second_factor: Second = False, json_: Json = False
) -> None:
    """Cấp lại mật khẩu đầu tiên; các phiên đang mở của tài khoản hết ngay."""
    body = {"reason": reason, "second_factor": second_factor}
    _first(path("v1", "accounts", which, "reset"), body, json_=json_)


def _first(where: str, body: dict[str, Any], *, json_: bool) -> None:
    answer = call("POST", where, role="administrator", body=body)
    if json_:
        as_json(answer)
        return
    pairs([("Tài khoản", answer["account"]), ("Vai", answer["role"])])
    pairs([("Mật khẩu đầu tiên", answer["password"])])
    line(_ONCE)


@account.command("end")
@told
def account_end(which: Name, reason: Reason) -> None:
    """Khóa hẳn; các phiên hết ngay. Tài khoản còn trong danh sách và nhật ký."""
    where = path("v1", "accounts", which, "end")
    call("POST", where, role="administrator", body={"reason": reason})
    line(f"Đã khóa hẳn {which}.")


@account.command("unlock")
@told
def account_unlock(which: Name, reason: Reason) -> None:
    """Cho đăng nhập lại ngay một tài khoản đã gõ sai nhiều lần."""
    where = path("v1", "accounts", which, "unlock")
    call("POST", where, role="administrator", body={"reason": reason})
    line(f"{which} đăng nhập lại được ngay.")


@account.command("sign-out")
@told
def account_sign_out(which: Name) -> None:
    """Kết thúc mọi phiên đang mở của một tài khoản."""
    where = path("v1", "accounts", which, "sign-out")
    answer = call("POST", where, role="administrator", body={})
    line(f"Đã kết thúc {answer['ended']} phiên của {which}.")
