"""Which spoilt counterparts every run tries, and which wait for ``--long``.

Each is a whole run of the kit, so that all of them together take longer than most
suites. The choice is the same in every run: whoever breaks what a test of it sees
finds the same test red again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest

#: In ``make test`` one of so many, in ``make test-all`` every one.
STEP = 5


def some_of(
    spoilt: Iterable[str], *, always: Collection[str] = (), step: int = STEP
) -> list[Any]:
    """Parameters: the first, each so many after it, and ``always``; long: the rest.

    Those that say yes to everything and those that never answer have tests of their
    own, which always run, or stand in ``always``.
    """
    return [
        pytest.param(
            what,
            id=what,
            marks=[] if place % step == 0 or what in always else [pytest.mark.long],
        )
        for place, what in enumerate(spoilt)
    ]
