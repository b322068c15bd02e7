"""What was worked out lately is shown again, for a while and to everybody."""

from __future__ import annotations

import asyncio

import pytest

from gateway.wiring.lately import MOST, SHOWN_FOR_S, Lately


class Made:
    """Counts how often it was worked out."""

    def __init__(self) -> None:
        self.times = 0
        self.wrong = False

    def __call__(self) -> int:
        self.times += 1
        if self.wrong:
            raise ValueError(self.times)
        return self.times


async def test_it_is_worked_out_once_for_all_who_ask_within_the_time() -> None:
    now, made = [0.0], Made()
    lately: Lately[int] = Lately(lambda: now[0])
    found = await asyncio.gather(*(lately.of("a", made) for _ in range(5)))
    assert (found, made.times) == ([1] * 5, 1)
    now[0] = SHOWN_FOR_S - 1
    assert await lately.of("a", made) == 1
    assert await lately.of("b", made) == 2
    now[0] = SHOWN_FOR_S
    assert await lately.of("a", made) == 3


async def test_what_failed_is_tried_again_at_once() -> None:
    made = Made()
    made.wrong = True
    lately: Lately[int] = Lately()
    with pytest.raises(ValueError, match="1"):
        await lately.of("a", made)
    made.wrong = False
    assert await lately.of("a", made) == 2


async def test_more_keys_than_it_keeps_do_not_make_it_grow() -> None:
    made = Made()
    lately: Lately[int] = Lately()
    for one in range(3 * MOST):
        await lately.of(one, made)
    assert len(lately._known) <= MOST
