"""What faults make of a body: a code that no list has, old letters, wrong times."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.mockagency.faults import Fault

#: Letters of TCVN 5712:1993 (TCVN3), as its fonts place them; capitals with a tone
#: have no place of their own and are written as small ones.
_LETTERS = (
    "Ă¡Â¢Ê£Ô¤Ơ¥Ư¦Đ§ă¨â©êªô«ơ¬ư\xadđ®"
    "àµả¶ã·á¸ạ¹ằ»ẳ¼ẵ½ắ¾ặÆầÇẩÈẫÉấÊậËèÌẻÎẽÏéÐẹÑềÒểÓễÔếÕệÖì×ỉØĩÜíÝịÞ"
    "òßỏáõâóãọäồåổæỗçốèộéờêởëỡìớíợîùïủñũòúóụôừõửöữ÷ứøựùỳúỷûỹüýýỵþ"
)
TCVN3 = {ord(a): b for a, b in zip(_LETTERS[::2], _LETTERS[1::2], strict=True)}
TCVN3 |= {
    ord(letter.upper()): TCVN3[ord(letter)]
    for letter in map(chr, list(TCVN3))
    if ord(letter.upper()) not in TCVN3
}
#: No list of any agency has them.
NO_CODE, NO_NUMBER = "ZZ99", 99999
_MOMENT = re.compile(
    r"(?P<iso>\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d)?)"
    r"|(?P<local>\d\d/\d\d/\d{4} \d\d:\d\d(?::\d\d)?)"
)


def reshaped(fault: Fault, body: bytes) -> bytes | None:
    """The body as the fault leaves it; None: it has nothing that could be changed."""
    change: Callable[[str], str]
    match fault.do:
        case "unknown_code":
            change = _with_unknown_code(fault.code_field, fault.value)
        case "tcvn3":
            change = _in_old_letters
        case _:
            change = _moved(timedelta(minutes=fault.minutes))
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    changed = change(text)
    return None if changed == text else changed.encode()


def moved_date(header: str, minutes: float) -> str:
    """A Date header that much later."""
    return format_datetime(
        parsedate_to_datetime(header) + timedelta(minutes=minutes), usegmt=True
    )


def _with_unknown_code(field: str, value: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        found = _parsed(text)
        if found is not None:
            return (
                _written(_replaced(found, field, value)) if _has(found, field) else text
            )
        element = re.compile(
            rf"(<(?:[\w.-]+:)?{re.escape(field)}(?:\s[^>]*)?>)[^<]+(</)"
        )
        return element.sub(lambda f: f"{f[1]}{value or NO_CODE}{f[2]}", text)

    return change


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _has(value: Any, field: str) -> bool:
    if isinstance(value, dict):
        return field in value or any(_has(one, field) for one in value.values())
    return isinstance(value, list) and any(_has(one, field) for one in value)


def _replaced(value: Any, field: str, new: str) -> Any:
    if isinstance(value, list):
        return [_replaced(one, field, new) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _unknown_for(one, new) if key == field else _replaced(one, field, new)
        for key, one in value.items()
    }


def _unknown_for(old: Any, new: str) -> Any:
    """Of the kind of the old one: a number stays a number."""
    if isinstance(old, int | float) and not isinstance(old, bool):
        return int(new) if new.isdigit() else NO_NUMBER
    return new or NO_CODE


def _in_old_letters(text: str) -> str:
    found = _parsed(text)
    return (text if found is None else _written(found)).translate(TCVN3)


def _moved(by: timedelta) -> Callable[[str], str]:
    def later(found: re.Match[str]) -> str:
        text = found[0]
        form = (
            "%d/%m/%Y %H:%M"
            if found["local"]
            else f"%Y{text[4]}%m{text[7]}%d{text[10]}%H:%M"
        )
        form += ":%S" if text.count(":") > 1 else ""
        try:
            return (datetime.strptime(text, form) + by).strftime(form)  # noqa: DTZ007
        except ValueError:
            return text

    return lambda text: _MOMENT.sub(later, text)
