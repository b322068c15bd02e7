"""A tree is whole whatever garbage is found while it is made."""

from __future__ import annotations

import gc
from pathlib import Path

from tests.syntax import tree_of


class Logged:
    """Garbage whose end makes a tree of its own, as a logged traceback does."""

    ended = 0

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        tree_of("x = 1 + (2 * 3)")
        Logged.ended += 1


def test_garbage_that_makes_a_tree_does_not_spoil_another() -> None:
    text = Path(__file__).read_text("utf-8")
    before = gc.get_threshold()
    gc.set_threshold(5, 1, 1)
    try:
        for _ in range(50):
            for _ in range(20):
                Logged()
            assert len(tree_of(text).body) > 4
        gc.collect()
    finally:
        gc.set_threshold(*before)
    assert Logged.ended == 1000
