"""How far the gateway is behind, as the one-stop sees it: who has heard nothing yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chaos.books import Following

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chaos.clones import Clone

#: Accepted dossiers of which the one-stop has not been told anything, at most, while
#: more are handed in.
MOST_UNHEARD = 30
#: Real seconds after which nobody waits for news of one any more: an agency that is away
#: for a night or a message that waits for a person must not keep everybody.
NOBODY_WAITS_S = 20.0


class News:
    """What the one-stop has heard of."""

    def __init__(self, book: Path) -> None:
        """``book``: its arrivals."""
        self._book = Following(book)
        self._heard: set[str] = set()
        self._since: dict[str, float] = {}
        #: number → when it was accepted, of those that are waited for

    def expect(self, clone: Clone, now: float) -> None:
        """It was accepted; ``now``: seconds of any clock that only goes on."""
        if clone.expected.told:
            self._since[clone.number] = now

    def is_behind(self, now: float) -> bool:
        """Whether more should not come yet."""
        self._heard.update(
            line["number"] for line in self._book.news() if line["kind"] == "status"
        )
        self._since = {
            number: since
            for number, since in self._since.items()
            if number not in self._heard and now < since + NOBODY_WAITS_S
        }
        return len(self._since) >= MOST_UNHEARD
