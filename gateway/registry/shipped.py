"""Where the folders lie that ship with the program: beside it, or inside it.

In a checkout they lie beside the package; a wheel carries some of them within.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
#: What marks a folder of that name as ours: others may lie beside an installed package.
_MARKS = {"schemas": "agencies", "config": "routing", "examples": "dossiers"}


def folder(name: str) -> Path:
    """``schemas``, ``config`` or ``examples``."""
    beside = _PACKAGE.parent / name
    return beside if (beside / _MARKS[name]).is_dir() else _PACKAGE / "shipped" / name
