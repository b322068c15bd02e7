"""Sentences for people, without the calls that they name for programs."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

_CALL = r"(?:GET|POST|PUT) /v1/[^\s)]*?(?:\{[^}]*\}[^\s)]*?)?"
_IN_BRACKETS = re.compile(rf" \({_CALL}\)")
_BY_IT = re.compile(
    rf",? (?:gửi )?bằng {_CALL}(?: có linked_number là mã ấy)?(?=[.;,]|$)"
)


#: A field of a call, as a person would say it.
_ENCODING = re.compile(r'ghi "encoding": ')


def without_calls(value: Any) -> Any:
    """What a page shows of a value: who answers in another system needs no path of ours.

    The same sentences go out by the API with them.
    """
    if not isinstance(value, str):
        return value
    if "/v1/" not in value and not _ENCODING.search(value):
        return value
    text = _ENCODING.sub("ghi rõ bảng mã ", value)
    text = _BY_IT.sub("", _IN_BRACKETS.sub("", text))
    return Markup(text) if isinstance(value, Markup) else text  # noqa: S704  escaped before
