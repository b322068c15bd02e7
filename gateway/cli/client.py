"""A small client of the gateway's API for the command line."""

from __future__ import annotations

import http.client
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from gateway.domain.system_words import system_words

DEFAULT_ADDRESS = "http://127.0.0.1:8400"
TIMEOUT_S = 60
_STRANGER = "nơi trả lời không phải cổng liên thông"
_START = "Khởi động cổng, hoặc ghi địa chỉ của nó vào biến LIENTHONG_URL."


class Refused(Exception):
    """The API answered with a problem; ``body`` is the problem document."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        """Keep status and problem."""
        super().__init__(body.get("remedy") or body.get("title") or str(status))
        self.status = status
        self.body = body


class Unreachable(Exception):
    """Nobody answers at the address."""


def run_folder() -> Path:
    """Run folder of mock mode: ``LIENTHONG_RUN_DIR``, else the one noted last."""
    if "LIENTHONG_RUN_DIR" in os.environ:
        return Path(os.environ["LIENTHONG_RUN_DIR"])
    note = Path(".run") / "present"
    return Path(note.read_text("utf-8")) if note.exists() else Path(".run")


def address() -> str:
    """Where the gateway listens: ``LIENTHONG_URL``, else the run folder's note."""
    note = run_folder() / "address"
    if "LIENTHONG_URL" in os.environ:
        return os.environ["LIENTHONG_URL"]
    return note.read_text("utf-8").strip() if note.exists() else DEFAULT_ADDRESS


def token(role: str) -> str:
    """The caller's token: ``LIENTHONG_TOKEN``, else the mock profile's of that role."""
    if "LIENTHONG_TOKEN" in os.environ:
        return _sendable(os.environ["LIENTHONG_TOKEN"])
    path = run_folder() / "keys" / "secrets.json"
    if not path.exists():
        return ""
    values: dict[str, str] = json.loads(path.read_text("utf-8"))
    return values.get(f"token.{role}", "")


def _sendable(token: str) -> str:
    """A token without the line end that a Windows file gave it.

    Raises:
        ValueError: it fits no header, which would tell of it by showing it.
    """
    bare = token.strip()
    if bare.isascii() and bare.isprintable():
        return bare
    message = (
        "Biến LIENTHONG_TOKEN có ký tự không dùng được trong mã truy cập: chép lại"
        " khóa, một dòng, không dấu."
    )
    raise ValueError(message)


def call(
    method: str,
    path: str,
    *,
    role: str = "operator",
    body: dict[str, Any] | None = None,
    raw: bytes | None = None,
    content_type: str = "application/json",
) -> dict[str, Any]:
    """One call; the JSON answer.

    Raises:
        Refused: the API answered with a problem.
        Unreachable: nobody answers.
    """
    payload = raw if raw is not None else json.dumps(body or {}).encode()
    return _object(_exchange(method, path, role, payload, content_type))


def fetch(path: str, *, role: str = "operator") -> bytes:
    """One call whose answer is a file.

    Raises:
        Refused: the API answered with a problem.
        Unreachable: nobody answers.
    """
    return _exchange("GET", path, role, b"", "application/json")


def download(path: str, body: dict[str, Any], *, role: str = "operator") -> bytes:
    """One call with a body whose answer is a file.

    Raises:
        Refused: the API answered with a problem.
        Unreachable: nobody answers.
    """
    return _exchange("POST", path, role, json.dumps(body).encode(), "application/json")


def _exchange(
    method: str, path: str, role: str, payload: bytes, content_type: str
) -> bytes:
    where, port = _where()
    kind = (
        http.client.HTTPSConnection
        if where.scheme == "https"
        else http.client.HTTPConnection
    )
    connection = kind(where.hostname or "", port, timeout=TIMEOUT_S)
    headers = {
        "Authorization": f"Bearer {token(role)}",
        "Content-Type": content_type,
    }
    try:
        connection.request(
            method, path, None if method == "GET" else payload, headers=headers
        )
        response = connection.getresponse()
        text = response.read()
    except OSError as wrong:
        message = f"{address()}: {system_words(wrong)}. {_START}"
        raise Unreachable(message) from wrong
    except http.client.HTTPException as wrong:
        raise Unreachable(f"{address()}: {_STRANGER}") from wrong
    finally:
        connection.close()
    if response.status >= 400:
        raise Refused(response.status, _object(text))
    return text


def _where() -> tuple[SplitResult, int | None]:
    """The address in its parts.

    Raises:
        ValueError: it is none.
    """
    try:
        where = urlsplit(address())
        port = where.port
    except ValueError:
        where, port = urlsplit(""), None
    if where.scheme not in {"http", "https"} or not where.hostname:
        message = (
            f"«{address()}» không phải địa chỉ của cổng: ghi vào biến LIENTHONG_URL,"
            f" ví dụ {DEFAULT_ADDRESS}"
        )
        raise ValueError(message)
    return where, port


def _object(text: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        Unreachable: somebody else answers at the address.
    """
    try:
        answer = json.loads(text) if text else {}
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Unreachable(f"{address()}: {_STRANGER}")
    return answer
