"""An old one-stop with the gateway in its line behaves, and is told, as without it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.dropin_line import InLine
from tests.landlink import Exchange, Run, opened


def said(exchanges: Sequence[Exchange]) -> list[tuple[str, Any, int, Any]]:
    """Operation, content, status and answer of messages, without when it was answered."""
    return [
        (each.operation, each.content, each.status, _without_time(each))
        for each in exchanges
        if each.method == "POST"
    ]


def _without_time(each: Exchange) -> Any:
    if not each.answer:
        return None
    told = each.told
    status = {k: v for k, v in told.get("status", {}).items() if k != "time"}
    return {**told, "status": status}


async def both(folder: Path, **options: Any) -> tuple[Run, Run, InLine]:
    """The same client directly, and through the gateway."""
    async with opened(folder / "direct", **options) as here:
        direct = await here.run()
    line = InLine(folder / "through")
    async with opened(folder / "through", line=line.line, **options) as here:
        through = await here.run()
    return direct, through, line


async def test_the_gateway_in_the_line_changes_nothing_that_either_end_sees(
    tmp_path: Path,
) -> None:
    direct, through, _ = await both(tmp_path)
    assert direct.moves[-1] == (10, "result_handed")
    assert through.moves == direct.moves
    assert through.land_effects == direct.land_effects
    assert said(through.land) == said(direct.land)
    assert [each.body for each in through.sent("tiepnhan")] == [
        each.body for each in direct.sent("tiepnhan")
    ]
    assert said(through.client) == said(direct.client)
