"""Runs the cases of one interface, one after the other, each on a bench of its own."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from gateway.conformance.adapter_cases import CASES
from gateway.conformance.adapter_making import Trial, trials
from gateway.conformance.adapter_opening import opened
from gateway.conformance.adapter_there import There, numbered
from gateway.registry.grades import Tried

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.conformance.adapter_kit import Kit
    from gateway.conformance.adapter_lent import Lab
    from gateway.conformance.adapter_ways import Carried

#: Real seconds for one case; a case that hangs has failed.
LIMIT_S = 60.0
FOLDERS = Path(__file__).resolve().parents[1] / "adapters"
#: What is told of a failure is cut here.
MOST_TOLD = 400


async def run(
    kit: Kit,
    lab: Lab,
    *,
    there: There | None = None,
    only: Carried | None = None,
    named: str = "",
    tell: Callable[[Trial, Tried], None],
) -> Sequence[Tried]:
    """What became of each case; ``tell`` is called after each of them.

    ``there``: a system of the agency's own; None: the folder's mock. ``only``: by one
    way; ``named``: one case.
    """
    if not CASES:
        raise RuntimeError("no cases were written down")
    found = []
    chosen = [
        trial
        for trial in trials(kit, remote=there is not None, only=only)
        if named in {"", trial.case.name}
    ]
    for number, trial in enumerate(chosen):
        mark = there.mark(number) if there else ""
        with TemporaryDirectory(prefix="agency-check-") as folder:
            why = await _tried(trial, lab, Path(folder), there, mark)
        kind = str(trial.sample.kind) if trial.sample else ""
        found.append(
            Tried(trial.case.name, kind, trial.case.harsh, why, str(trial.way))
        )
        tell(trial, found[-1])
    return found


async def _tried(
    trial: Trial, lab: Lab, folder: Path, there: There | None, mark: str
) -> str:
    """Why it did not hold; empty: it did."""
    kit = numbered(trial.kit, mark) if there else trial.kit
    against = there.address if there else ""
    try:
        async with (
            asyncio.timeout(LIMIT_S),
            opened(
                kit, lab, folder, way=trial.way, against=against, mark=mark
            ) as bench,
        ):
            await trial.run(bench)
    except Exception as error:  # noqa: BLE001  whatever it is, the developer has to see it
        return told_of(error)
    return ""


def told_of(error: Exception) -> str:
    """What went wrong, and where in an agency's folder if it was there."""
    said = f"{type(error).__name__}: {str(error) or 'no answer in time'}"[:MOST_TOLD]
    frames = traceback.extract_tb(error.__traceback__)
    inside = [
        frame for frame in frames if Path(frame.filename).parent.parent == FOLDERS
    ]
    if not inside or isinstance(error, AssertionError):
        return said
    return f"{said} ({Path(inside[-1].filename).name}:{inside[-1].lineno})"
