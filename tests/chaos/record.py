"""What runs came to, kept as data: ``docs/reliability.md`` shows it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.chaos.run import Wanted
    from tests.chaos.verdict import Figures

#: Figures of a run, in the order of its last line.
COUNTED = (
    *("accepted", "lost", "duplicated", "reordered", "stuck_without_reason"),
    *("repeated", "settled_by_enquiry", "decided_by_person", "open_with_reason"),
    "ended_otherwise",
)


def row(wanted: Wanted, figures: Figures, mutant: int | None) -> dict[str, Any]:
    """One run; ``mutant``: number of the fault that was planted into the gateway."""
    return {
        "store": wanted.store,
        "day": wanted.day,
        "seconds": round(figures.lasted_s),
        "held_back_s": round(figures.held_back_s),
        "rest_s": round(figures.rest_s),
        "seed": wanted.seed,
        "mutant": mutant,
        **{name: getattr(figures, name) for name in COUNTED},
        "faults": dict(sorted(figures.faults.items())),
    }


def keep(path: Path, rows: list[dict[str, Any]]) -> None:
    """Put rows into the file, in the place of older ones of the same store and day."""
    known = json.loads(path.read_text("utf-8")) if path.exists() else {"run": []}
    renewed = {_key(one) for one in rows}
    kept = [one for one in known["run"] if _key(one) not in renewed]
    order = sorted([*kept, *rows], key=_key)
    told = {"machine": machine(), "run": order}
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _key(one: Mapping[str, Any]) -> tuple[int, str, str]:
    return one["mutant"] or 0, one["store"], one["day"]


def machine() -> str:
    """What runs are made on."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {gigabytes:.0f} GiB, {os.uname().sysname}"
