"""What the framework finds out about a call, asked once by one run of tests.

Which parameters a call has follows from its code and its path, which are the same for
every gateway of a process; finding them out is the longest part of a start.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastapi import routing
from fastapi.dependencies.utils import get_dependant

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    from fastapi.dependencies.models import Dependant

#: Defaults that are equal whenever they are the same.
_PLAIN = (type(None), bool, int, str)
_KNOWN: dict[tuple[str, CodeType, tuple[Any, ...]], Dependant] = {}


def install() -> None:
    """From now on ask once."""
    routing.get_dependant = _asked_once  # type: ignore[attr-defined]


def _asked_once(*, path: str, call: Callable[..., Any], **more: Any) -> Dependant:
    code, defaults = getattr(call, "__code__", None), getattr(call, "__defaults__", ())
    plain = all(type(one) in _PLAIN for one in defaults or ())
    if code is None or not plain or getattr(call, "__kwdefaults__", None):
        return get_dependant(path=path, call=call, **more)
    key = (path, code, defaults or ())
    if key not in _KNOWN:
        _KNOWN[key] = get_dependant(path=path, call=call, **more)
    return replace(_KNOWN[key], call=call)
