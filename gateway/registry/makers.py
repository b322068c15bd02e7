"""Finds the maker of adapters that an agency's folder offers."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from gateway.registry.manifest import ADAPTERS

if TYPE_CHECKING:
    from gateway.lending import Make

_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")


@cache
def maker_of(folder: str) -> Make | None:
    """``make`` of ``gateway/adapters/FOLDER/making.py``; None: there is no such folder."""
    if not _NAME.match(folder) or not (ADAPTERS / folder / "making.py").is_file():
        return None
    make: Make = import_module(f"gateway.adapters.{folder}.making").make
    return make
