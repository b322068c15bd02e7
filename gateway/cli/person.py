"""The command that answers a person who asks what is held of them."""

from __future__ import annotations

import html
import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.client import call
from gateway.cli.frame import Reason, fail, told
from gateway.cli.saving import OWNER_ONLY, save
from gateway.cli.show import line
from gateway.cli.submitting import read_json

person = typer.Typer(no_args_is_help=True, help="Trả lời người dân về dữ liệu của họ.")
To = Annotated[Path, typer.Option("--to", help="Tệp zip sẽ viết.")]
Asked = Annotated[
    Path,
    typer.Option(
        "--asked",
        help='Tệp JSON: {"identity": "số giấy tờ"} hoặc {"name": "họ tên", "birth":'
        ' "ngày sinh"}; không ghi trên dòng lệnh để không lưu lại trong lịch sử lệnh.',
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(person, name="person")


@person.callback()
def _group() -> None:
    """Trả lời người dân về dữ liệu của họ."""


@person.command("export")
@told
def person_export(asked: Asked, to: To, reason: Reason) -> None:
    """Những gì cổng giữ của một người, đã gửi cho ai, ai đã xem: JSON và trang in."""
    if to.exists():
        fail(f"{to} đã có: ghi vào một tệp chưa có.")
    given = read_json(asked)
    if not isinstance(given, dict):
        fail(f"{asked} không phải một đối tượng JSON gồm identity, name, birth.")
    body = {name: given.get(name, "") for name in ("identity", "name", "birth")} | {
        "reason": reason
    }
    found = call("POST", "/v1/person-export", role="administrator", body=body)
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        text = json.dumps(found, ensure_ascii=False, indent=1)
        packed.writestr("du-lieu.json", text)
        packed.writestr("trang-in.html", page(found))
    save(to, content.getvalue(), OWNER_ONLY)
    line(
        f"Đã ghi {len(found['dossiers'])} hồ sơ vào {to}. Mã băm {found['digest']} đã nằm"
        " trong nhật ký. Giao cho đúng người rồi xóa tệp này."
    )
    if not found["whole"]:
        line("Có quá nhiều hồ sơ trùng: chưa đủ, hỏi bằng số giấy tờ.")


def page(found: dict[str, Any]) -> str:
    """A page that can be printed; nothing in it but text."""
    parts = "".join(_dossier(one) for one in found["dossiers"])
    return (
        '<!doctype html><html lang="vi"><meta charset="utf-8"><title>Dữ liệu cá nhân'
        "</title><h1>Dữ liệu cá nhân mà cổng liên thông đang giữ</h1>"
        f"<p>Lập lúc {_text(found['made_at'])}. Mã băm: {_text(found['digest'])}</p>"
        f"{parts or '<p>Không có hồ sơ nào.</p>'}</html>"
    )


def _dossier(one: dict[str, Any]) -> str:
    given = _rows(one["given_to"], ("office_name", "message", "at", "fields"))
    read = _rows(one["read_by"], ("by", "what", "at"))
    document = json.dumps(one["document"], ensure_ascii=False, indent=1)
    return (
        f"<h2>Hồ sơ {_text(one['dossier_id'])}</h2><pre>{_text(document)}</pre>"
        f"<h3>Đã gửi cho</h3>{given}<h3>Ai đã xem</h3>{read}"
    )


def _rows(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> str:
    if not rows:
        return "<p>Không có.</p>"
    body = "".join(
        "<tr>" + "".join(f"<td>{_text(row[name])}</td>" for name in columns) + "</tr>"
        for row in rows
    )
    return f"<table border=1>{body}</table>"


def _text(value: Any) -> str:
    said = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return html.escape(said)
