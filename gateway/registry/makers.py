"""Finds the maker of adapters that an agency's folder offers."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.lending import Make

_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")
_ADAPTERS = "gateway.adapters"


@cache
def maker_of(folder: str) -> Make | None:
    """``make`` of ``gateway/adapters/FOLDER/making.py``; None: there is no such folder."""
    if not _NAME.match(folder) or find_spec(f"{_ADAPTERS}.{folder}") is None:
        return None
    if find_spec(f"{_ADAPTERS}.{folder}.making") is None:
        return None
    make: Make = import_module(f"{_ADAPTERS}.{folder}.making").make
    return make
