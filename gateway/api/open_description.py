"""The open interface as OpenAPI 3.1, from the published schemas and samples.

It is a file of the documents (``docs/agencies/open.openapi.json``): the agencies'
listener itself describes nothing to whoever asks.
"""

from __future__ import annotations

import json
from typing import Any

from gateway.api.description import SCHEMAS, flattened
from gateway.api.open_errors import ERRORS

OPEN = SCHEMAS / "agencies" / "open"
#: Operation → what it does.
OPERATIONS = {
    "ping": "Thử kết nối: tôi là đơn vị nào, bao nhiêu lượt gửi đang chờ",
    "fetch": "Lấy danh sách đang chờ; xem không làm mất đi",
    "acknowledge": "Xác nhận đã lưu",
    "report": "Báo việc đã làm, kèm kết quả",
    "upload": "Tải lên một tệp lớn trước khi báo cáo",
    "file": "Tải một tệp của lượt gửi",
    "keys": "Khóa công khai của cổng, cho cách đẩy",
}
_JSON = "application/json"
_BYTES = {"application/octet-stream": {"schema": {"type": "string"}}}


def described() -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Cổng liên thông: giao diện mở cho hệ thống của cơ quan",
            "version": "1",
            "description": "Bản đầy đủ: docs/agencies/open.vi.md.",
        },
        "servers": [
            {
                "url": "{base}/open/v1",
                "variables": {"base": {"default": "http://127.0.0.1:8401"}},
            }
        ],
        "security": [{"key": []}, {}],
        "paths": {f"/{name}": {"post": _operation(name)} for name in OPERATIONS},
        "webhooks": {"push": {"post": _push()}},
        "components": {
            "schemas": _components(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _components() -> dict[str, Any]:
    parts: dict[str, Any] = {}
    dossier = json.loads((SCHEMAS / "dossier" / "dossier-1.json").read_text("utf-8"))
    parts.update(flattened("dossier", dossier))
    del parts["dossier"]
    for path in sorted(OPEN.glob("*.json")):
        schema = json.loads(path.read_text("utf-8"))
        parts.update(flattened(schema["$id"].split(":")[-2], schema))
    return parts


def _operation(name: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": OPERATIONS[name],
        "requestBody": {"required": True, "content": _asked(name)},
        "responses": {
            "200": {"description": "Được", "content": _answered(name)},
            "default": {
                "description": "Lỗi: " + ", ".join(ERRORS),
                "content": _json("error", f"error.{next(iter(ERRORS))}"),
            },
        },
    }


def _asked(name: str) -> dict[str, Any]:
    if name != "upload":
        sample = {"report": "report.finished"}.get(name, name)
        return _json(name, sample)
    form = {
        "type": "object",
        "required": ["file"],
        "properties": {
            "key": {"type": "string", "description": "khóa, trước phần file"},
            "file": {"type": "string", "format": "binary"},
        },
    }
    return {"multipart/form-data": {"schema": form}}


def _answered(name: str) -> dict[str, Any]:
    if name == "file":
        return _BYTES
    sample = {"report": "report.reply.recorded"}.get(name, f"{name}.reply")
    return _json(f"{name}-reply", sample)


def _push() -> dict[str, Any]:
    return {
        "summary": "Cổng đẩy một lượt gửi đến địa chỉ đã đăng ký",
        "requestBody": {"required": True, "content": _json("push", "push")},
        "responses": {
            "200": {
                "description": "Đã nhận",
                "content": _json("push-reply", "push.reply"),
            }
        },
    }


def _json(schema: str, sample: str) -> dict[str, Any]:
    path = OPEN / "samples" / f"{sample}.json"
    content: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    if path.exists():
        content["example"] = json.loads(path.read_text("utf-8"))
    return {_JSON: content}
