"""What all commands share: options, exit codes, and refusals in words.

Exit codes: 0 done; 1 refused, or what was given is wrong; 2 nobody answers (and,
by the parser, a command line that cannot be read).
"""

from __future__ import annotations

import tomllib
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import wraps
from typing import Annotated, Any, NoReturn, ParamSpec, Protocol, runtime_checkable
from urllib.parse import quote

import typer

from gateway.cli.client import Refused, Unreachable
from gateway.cli.show import as_json, errors
from gateway.domain.errors import GatewayError
from gateway.domain.numbers.days import partial_day
from gateway.domain.numbers.identified import Kind
from gateway.domain.words import WORDS

Json = Annotated[bool, typer.Option("--json", help="In nguyên câu trả lời JSON.")]
Reason = Annotated[
    str, typer.Option("--reason", help="Lý do: ai xác nhận, bằng cách nào (bắt buộc).")
]
P = ParamSpec("P")
REFUSED = 1
UNREACHABLE = 2
INTERRUPTED = 130


@runtime_checkable
class Unfit(Protocol):
    """What a model says of values that do not fit it; pydantic is slow to import."""

    @abstractmethod
    def error_count(self) -> int:
        """How many."""

    @abstractmethod
    def errors(self) -> Sequence[Mapping[str, Any]]:
        """One for each: where, which kind, and why."""


def fail(text: str, code: int = REFUSED) -> NoReturn:
    """End with a sentence on the error stream."""
    errors.print(text, style="red", markup=False)
    raise typer.Exit(code)


TOKENS = (
    "Dòng lệnh lấy khóa từ biến LIENTHONG_TOKEN, hoặc từ chế độ giả lập đang chạy"
    " trong thư mục hiện tại (make run)."
)


def _refused(refused: Refused, *, as_json_: bool) -> NoReturn:
    """Every wrong field, then what is to be done."""
    if as_json_:
        as_json(refused.body)
    for wrong in refused.body.get("errors", ()):
        errors.print(f"  {wrong['pointer'] or '/'}: {wrong['message']}", markup=False)
    if refused.status == 401:
        fail(f"401: {refused} {TOKENS}")
    fail(f"{refused.status}: {refused}")


def _words(wrong: Exception) -> str:
    """What is wrong with what was given or found, in one line."""
    if isinstance(wrong, GatewayError):
        said = WORDS.get(wrong.code)
        return f"{said.reason}. {said.next_action}" if said else wrong.remedy
    if isinstance(wrong, FileNotFoundError):
        return f"Không có tệp {wrong.filename}"
    if isinstance(wrong, tomllib.TOMLDecodeError):
        return f"Tệp không phải TOML: {wrong}"
    if isinstance(wrong, Unfit):
        return "Thiết lập sai: " + "; ".join(_misfit(one) for one in wrong.errors())
    if isinstance(wrong, OSError):
        return f"Không dùng được {wrong.filename or ''}: {wrong.strerror or wrong}"
    return str(wrong)


def _misfit(one: Mapping[str, Any]) -> str:
    """A key of the settings that is wrong; never the value, which may be a secret."""
    key = ".".join(str(part) for part in one["loc"])
    if one["type"] == "extra_forbidden":
        return f"không có khóa {key}"
    if one["type"] == "missing":
        return f"thiếu khóa {key}"
    return f"{key}: {one['msg']}" if key else str(one["msg"])


def told(command: Callable[P, None]) -> Callable[P, None]:
    """Turn what can go wrong into words and an exit code; a traceback never."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except typer.Exit:  # which is a RuntimeError
            raise
        except Refused as refused:
            _refused(refused, as_json_=bool(kwargs.get("json_")))
        except Unreachable as away:
            fail(f"Không kết nối được cổng liên thông: {away}", UNREACHABLE)
        except (GatewayError, OSError, RuntimeError, ValueError) as wrong:
            fail(_words(wrong))
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None

    return wrapped


def day_typed(text: str) -> date:
    """A day as people type it: ``30/06/2025`` or ``2025-06-30``.

    Raises:
        ValueError: it is no day, in words for whoever typed it.
    """
    read = partial_day(text)
    if read.kind is not Kind.DAY:
        message = f"Không đọc được ngày «{text}»: ghi ngày/tháng/năm, ví dụ 30/06/2025."
        raise ValueError(message)
    return date.fromisoformat(read.normal)


def path(*parts: str) -> str:
    """A path of the API with each part quoted."""
    return "/" + "/".join(quote(part, safe="") for part in parts)
