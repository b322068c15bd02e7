"""How the pages of a mock look, and what their templates can use."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.mockagency.registers import VIETNAM

if TYPE_CHECKING:
    from datetime import datetime

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:;"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
STYLE = (
    resources.files("gateway.mockagency")
    .joinpath("templates/style.css")
    .read_text("utf-8")
)
WHAT = {
    "missing": "thiếu",
    "unknown": "thừa",
    "type": "sai kiểu",
    "format": "sai dạng",
    "code": "sai mã",
    "value": "sai giá trị",
    "malformed": "không đọc được",
    "route": "sai chỗ gọi",
    "cut": "quá dài",
}
BOOKS = {
    "arrivals": "Đã nhận",
    "effects": "Đã có hiệu lực",
    "forwarded": "Đã chuyển tiếp",
    "answers": "Đã trả lời",
}


def rendered(name: str, **values: Any) -> str:
    """One page."""
    return _environment().get_template(name).render(**values)


def moment(at: datetime) -> str:
    """In Vietnam's zone, to the second."""
    return at.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S")


def pretty(body: Any) -> str:
    """A body for reading: JSON in lines, bytes by their base64."""
    if isinstance(body, dict):
        text = str(body["data"])
        cut = (
            f"\n… ({body['bytes']} byte, sổ chỉ giữ phần đầu)"
            if body.get("cut")
            else ""
        )
        return f"{'(base64) ' if body['base64'] else ''}{text}{cut}"
    text = str(body)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return json.dumps(found, ensure_ascii=False, indent=2)


def what(name: str) -> str:
    """A kind of difference in words."""
    return WHAT.get(name, name)


def book(name: str) -> str:
    """A book in words."""
    return BOOKS.get(name, name)


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("gateway.mockagency"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for one in (moment, pretty, what, book):
        found.filters[one.__name__] = one
    return found
