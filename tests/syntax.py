"""Syntax trees of sources, made so that garbage of other tests cannot spoil them.

CPython before 3.11.8 counts how deep it is in one place for all trees that are being
made (python/cpython#106905). Where garbage is looked for in the middle, and what is
found logs a traceback, which makes a tree of its own, the outer one fails with a
``SystemError``.
"""

from __future__ import annotations

import ast
import gc


def tree_of(
    text: str,
    *,
    filename: str = "<unknown>",
    feature_version: tuple[int, int] | None = None,
) -> ast.Module:
    """The source's tree; no garbage is looked for meanwhile."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(text, filename, feature_version=feature_version)  # noqa: TID251
    finally:
        if was_on:
            gc.enable()
