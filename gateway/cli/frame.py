"""What all commands share: options, exit codes, and refusals in words.

Exit codes: 0 done; 1 refused, or what was given is wrong; 2 nobody answers (and,
by the parser, a command line that cannot be read); 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Annotated, NoReturn, ParamSpec
from urllib.parse import quote

import typer

from gateway.cli.client import Refused, Unreachable
from gateway.cli.show import as_json, errors
from gateway.cli.unfit import Unfit, misfits
from gateway.domain.errors import GatewayError, StoreUnavailable
from gateway.domain.numbers.days import partial_day
from gateway.domain.numbers.identified import Kind
from gateway.domain.system_words import has_words, system_words
from gateway.domain.unreadable import Unreadable, unreadable
from gateway.domain.words import WORDS

Json = Annotated[bool, typer.Option("--json", help="In nguyên câu trả lời JSON.")]
Reason = Annotated[
    str, typer.Option("--reason", help="Lý do: ai xác nhận, bằng cách nào (bắt buộc).")
]
P = ParamSpec("P")
REFUSED = 1
UNREACHABLE = 2
INTERRUPTED = 130
SETTINGS = "Sửa tệp rồi chạy lại; tệp mẫu trong config giải thích từng khóa."


def fail(text: str, code: int = REFUSED) -> NoReturn:
    """End with a sentence on the error stream."""
    errors.print(text, style="red", markup=False)
    raise typer.Exit(code)


TOKENS = (
    "Dòng lệnh lấy khóa từ biến LIENTHONG_TOKEN, hoặc từ chế độ giả lập đang chạy"
    " trong thư mục hiện tại (make run)."
)


def sure(question: str) -> bool:
    """Ask on the error stream; whatever is no yes, and no answer, is no."""
    errors.print(f"{question} [c/K] ", end="", markup=False)
    return sys.stdin.readline().strip().casefold() in {"c", "có", "y", "yes"}


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
    if isinstance(wrong, StoreUnavailable) and has_words(wrong.__cause__):
        return _of_the_system(wrong.__cause__)  # its remedy is for who hands in
    if isinstance(wrong, GatewayError):
        said = WORDS.get(wrong.code)
        return f"{said.reason}. {said.next_action}" if said else wrong.remedy
    of = f" {named}" if (named := ", ".join(getattr(wrong, "__notes__", ()))) else ""
    if isinstance(wrong, Unreadable):
        return f"Tệp{of} {unreadable(wrong)}"
    if isinstance(wrong, Unfit):
        return f"Thiết lập{of} sai: {misfits(wrong)}. {SETTINGS}"
    if isinstance(wrong, OSError):
        return _of_the_system(wrong)
    if isinstance(wrong, RecursionError):
        return "Tệp lồng nhau quá sâu: xuất lại tệp, hoặc chọn đúng tệp."
    return str(wrong)


def _of_the_system(wrong: OSError) -> str:
    if wrong.filename is None:
        said = system_words(wrong)
        return said[:1].upper() + said[1:]
    if isinstance(wrong, FileNotFoundError):
        folder = Path(wrong.filename).parent
        what = "kiểm tra lại đường dẫn" if folder.is_dir() else f"không có {folder}"
        return f"Không có tệp {wrong.filename}: {what}."
    return f"Không dùng được {wrong.filename}: {system_words(wrong)}."


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
        except BrokenPipeError:  # who read the output has seen enough
            raise
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
