"""A restore that nobody has acknowledged: told, and no mail leaves by itself meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.ports.nodes import DIGEST, EXPIRE, Duties

if TYPE_CHECKING:
    from gateway.ports.incarnations import Incarnation, Incarnations


class Restored(Duties):
    """Knows the last restore; daily and weekly mails wait for it, and deleting does.

    What was mailed after the point is not known here: it would be mailed again. Nor is
    what somebody has held since: it would be deleted.
    """

    def __init__(self, kept: Incarnations, duties: Duties) -> None:
        """Nothing is known before ``look``."""
        self._kept = kept
        self._duties = duties
        self._known = False
        self.open: Incarnation | None = None
        #: the one that waits for somebody to acknowledge it

    async def look(self) -> None:
        """A store is restored while no node runs: what was acknowledged stays so."""
        if self._known and self.open is None:
            return
        known = await self._kept.incarnations()
        self.open = next(
            (one for one in known if one.begun_at and not one.acknowledged_at), None
        )
        self._known = True

    def holds(self, duty: str) -> bool:
        """As before, but for mails and deleting."""
        waits = duty in {DIGEST, EXPIRE} and (self.open is not None or not self._known)
        return not waits and self._duties.holds(duty)
