"""Runs the cases of one interface, one after the other, each on a bench of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from gateway.conformance.adapter_bench import opened
from gateway.conformance.adapter_cases import CASES
from gateway.conformance.adapter_making import Trial, trials
from gateway.registry.grades import Tried

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.conformance.adapter_kit import Kit
    from gateway.conformance.adapter_lent import Lab
    from gateway.conformance.adapter_ways import Carried

#: Real seconds for one case; a case that hangs has failed.
LIMIT_S = 60.0
#: What is told of a failure is cut here.
MOST_TOLD = 400


async def run(
    kit: Kit,
    lab: Lab,
    *,
    against: str = "",
    only: Carried | None = None,
    tell: Callable[[Trial, Tried], None],
) -> Sequence[Tried]:
    """What became of each case; ``tell`` is called after each of them.

    ``against``: address of a system of the agency's own; empty: the folder's mock.
    ``only``: by one way.
    """
    if not CASES:
        raise RuntimeError("no cases were written down")
    found = []
    for trial in trials(kit, remote=bool(against), only=only):
        with TemporaryDirectory(prefix="agency-check-") as folder:
            why = await _tried(trial, lab, Path(folder), against)
        kind = str(trial.sample.kind) if trial.sample else ""
        found.append(
            Tried(trial.case.name, kind, trial.case.harsh, why, str(trial.way))
        )
        tell(trial, found[-1])
    return found


async def _tried(trial: Trial, lab: Lab, folder: Path, against: str) -> str:
    """Why it did not hold; empty: it did."""
    try:
        async with (
            asyncio.timeout(LIMIT_S),
            opened(trial.kit, lab, folder, way=trial.way, against=against) as bench,
        ):
            await trial.run(bench)
    except Exception as error:  # noqa: BLE001  whatever it is, the developer has to see it
        said = str(error) or "no answer in time"
        return f"{type(error).__name__}: {said}"[:MOST_TOLD]
    return ""
