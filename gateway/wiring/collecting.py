"""When Python looks for objects that only hold each other."""

from __future__ import annotations

import gc

#: New objects before the garbage collector looks for cycles; the usual 700 are
#: made by every dossier, and each look cost a sixth of all CPU.
COLLECT_AFTER = 50_000


def collect_rarely() -> None:
    """What was made at the start stays until the end and need not be looked at."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 20)
