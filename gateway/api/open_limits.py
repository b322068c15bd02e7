"""How often offices may call, and how often a wrong key may be shown; per process."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.api.open_errors import CallRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.sealing.tools import Tools

#: Of one office (interface document, 7).
PER_SECOND, BURST, AT_ONCE = 10.0, 20.0, 4
#: Wrong keys of one address in a minute; then a minute's silence for wrong ones.
WRONG_KEYS, WRONG_KEYS_S = 10, 60.0
#: Addresses that are remembered; the longest silent one is forgotten first.
ADDRESSES = 10_000


@dataclass
class _Bucket:
    left: float
    at: float
    wall: float
    under_way: int = 0


class Limits:
    """Counts in memory; time that passed by either clock gives room again.

    In mock mode days pass in a second, and a test may stop the wall.
    """

    def __init__(self, tools: Tools) -> None:
        """Nobody has called."""
        self._tools = tools
        self._buckets: dict[str, _Bucket] = {}
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()

    @contextmanager
    def call(self, office: str) -> Iterator[None]:
        """Room for one call of an office while it is answered.

        Raises:
            CallRefused: it has called too often, or calls too much at once.
        """
        clock = self._tools.clock
        now, wall = clock.mono(), clock.now().timestamp()
        bucket = self._buckets.setdefault(office, _Bucket(BURST, now, wall))
        passed_s = max(now - bucket.at, wall - bucket.wall, 0.0)
        bucket.left = min(BURST, bucket.left + passed_s * PER_SECOND)
        bucket.at, bucket.wall = now, wall
        if bucket.under_way >= AT_ONCE or bucket.left < 1.0:
            raise CallRefused(
                "too_many_requests", retry_after_s=(1.0 - bucket.left) / PER_SECOND
            )
        bucket.left -= 1.0
        bucket.under_way += 1
        try:
            yield
        finally:
            bucket.under_way -= 1

    def wrong_key(self, address: str) -> CallRefused:
        """What a wrong key is answered: after too many, that it is one too many."""
        now = self._tools.clock.mono()
        times = [at for at in self._wrong.pop(address, ()) if now - at < WRONG_KEYS_S]
        if len(times) >= WRONG_KEYS:
            self._wrong[address] = times
            return CallRefused(
                "too_many_requests", retry_after_s=WRONG_KEYS_S - (now - times[0])
            )
        self._wrong[address] = [*times, now]
        if len(times) + 1 == WRONG_KEYS:
            tried = CallRefused("too_many_requests")
            self._tools.probe.trouble("api.open.keys", tried)
        while len(self._wrong) > ADDRESSES:
            self._wrong.popitem(last=False)
        return CallRefused("not_signed_in")
