"""Whether the store takes anything: asked by writing, for whoever spreads the load."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.domain.errors import StoreError
from gateway.domain.values import dataclass
from gateway.ports.pulse import busy, is_pressed

if TYPE_CHECKING:
    from gateway.ports.clock import Clock
    from gateway.ports.probe import Probe
    from gateway.ports.pulse import Pulse, Turn
    from gateway.ports.store import Store

#: Real seconds for which an answer holds: whoever asks more often costs no commit.
HOLDS_S = 1.0
#: Real seconds that the store may take for it.
PATIENCE_S = 2.0
#: Under this name, and its own, a node writes that it can write.
MARK = "writes"
#: Code of a store that has not answered yet.
SLOW = "store_slow"


@dataclass(frozen=True, slots=True)
class StoreTrouble:
    """Why the store cannot be relied on, for machines and for people."""

    code: str = ""
    words: str = ""


class Readiness:
    """Writes a mark and reads it back, at most one at a time."""

    def __init__(
        self, store: Store, pulse: Pulse, clock: Clock, probe: Probe, *, node: str
    ) -> None:
        """Nothing is asked before somebody wants to know."""
        self._store = store
        self._pulse = pulse
        self._clock = clock
        self._probe = probe
        self._mark = f"{MARK}:{node}"
        self._look: asyncio.Task[StoreTrouble] | None = None
        self._began = 0.0
        self._away = asyncio.Event()
        pulse.on_turn(self._tell)

    async def run(self) -> None:
        """While the store is away, ask it: its return is seen though nobody writes."""
        while True:
            await self._away.wait()
            await self._clock.rest(HOLDS_S)
            await self.why_not()

    async def why_not(self) -> str:
        """Why the store cannot be relied on now, in words; empty when it can."""
        return (await self.trouble()).words

    async def trouble(self) -> StoreTrouble:
        """The same, with a code for machines; empty when there is none."""
        if self._look is None or (
            self._look.done() and self._clock.mono() - self._began >= HOLDS_S
        ):
            self._began = self._clock.mono()
            self._look = asyncio.create_task(self._asked())
        # A look that hangs is waited for by all, and never asked a second time.
        done, _ = await asyncio.wait([self._look], timeout=PATIENCE_S)
        if not done:
            return self._late()
        found = self._look.result()
        return found if found.code else self._pressed()

    async def _asked(self) -> StoreTrouble:
        try:
            await self._store.set_mark(self._mark, self._clock.now().isoformat())
            await self._store.mark(self._mark)
        except StoreError as error:
            return StoreTrouble(
                error.code,
                f"Kho dữ liệu không ghi được ({error.code}): cổng chưa nhận hồ sơ,"
                " phản hồi; tự chạy tiếp khi kho trở lại, không cần khởi động lại.",
            )
        return StoreTrouble()

    def _late(self) -> StoreTrouble:
        waited = round(self._clock.mono() - self._began)
        return StoreTrouble(
            SLOW,
            f"Kho dữ liệu chưa trả lời sau {waited} giây: cổng nhận chậm hoặc tạm"
            " không nhận; tự chạy tiếp khi kho trở lại, không cần khởi động lại.",
        )

    def _pressed(self) -> StoreTrouble:
        backlog = self._pulse.backlog()
        if not is_pressed(backlog):
            return StoreTrouble()
        return StoreTrouble(
            busy().code,
            f"Kho dữ liệu ghi chậm: {backlog.count} việc đang chờ, lâu nhất"
            f" {round(backlog.longest_s)} giây; cổng tạm không nhận thêm.",
        )

    def _tell(self, turn: Turn) -> None:
        """One line at onset, one at recovery."""
        if turn.code:
            self._away.set()
            self._probe.action(action="store_away", code=turn.code)
        else:
            self._away.clear()
            self._probe.action(
                action="store_back",
                took_ms=round(turn.away_s * 1000, 1),
                count=turn.failed,
            )
