"""How often one principal calls and asks about dossiers, and how often an address is wrong.

Counted in memory, per process: a shared count would be a write for each guess.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.api.refused import Refusals
from gateway.domain.errors import SenderError
from gateway.domain.principal import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import Request
    from starlette.types import Scope

    from gateway.domain.principal import Principal
    from gateway.limit_settings import LimitSettings

#: Callers that are remembered; the longest silent one is forgotten first.
REMEMBERED = 10_000
#: Where the listener puts its counts into the scope of a call, and what calls note there.
RATES, SPENT, WRONG = "lienthong.rates", "lienthong.spent", "lienthong.wrong"
_ENQUIRIES = ("/v1/dossiers/", "/console/ho-so/", "/console/tim", "/v1/find")


class CalledTooOften(SenderError):
    """More calls than one caller has; it may come again after a while."""

    default_code = "called_too_often"
    default_remedy = "Gọi quá nhiều trong thời gian ngắn: chờ rồi gọi lại."

    def __init__(self, retry_after_s: float, *, code: str = "called_too_often") -> None:
        """Keep when there is room again."""
        super().__init__(code=code)
        self.retry_after_s = max(1, math.ceil(retry_after_s))


@dataclass
class _Bucket:
    left: float
    at: float


class Budget:
    """So many a second, and so many at once, for each of many callers."""

    def __init__(
        self, per_second: float, burst: float, mono: Callable[[], float]
    ) -> None:
        """Nobody has called; ``mono``: seconds that never jump."""
        self._per_second = per_second
        self._burst = burst
        self._mono = mono
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_s(self, caller: str) -> float:
        """How long until there is room for one; 0: there is. Nothing is taken."""
        return max(0.0, (1.0 - self._filled(caller).left) / self._per_second)

    def take(self, caller: str) -> float:
        """Take room for one: 0; or how long until there is some, and nothing is taken."""
        bucket = self._filled(caller)
        if bucket.left < 1.0:
            return (1.0 - bucket.left) / self._per_second
        bucket.left -= 1.0
        return 0.0

    def _filled(self, caller: str) -> _Bucket:
        now = self._mono()
        bucket = self._buckets.pop(caller, None) or _Bucket(self._burst, now)
        passed_s = now - bucket.at
        bucket.left = min(self._burst, bucket.left + passed_s * self._per_second)
        bucket.at = now
        self._buckets[caller] = bucket
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        return bucket


class Rates:
    """The budgets of one listener."""

    def __init__(self, limits: LimitSettings, mono: Callable[[], float]) -> None:
        """All of them full."""
        self.refusals = Refusals()
        self._calls = Budget(limits.calls_per_second, limits.calls_burst, mono)
        enquiries = limits.enquiries_per_minute
        self._enquiries = Budget(enquiries / 60, enquiries, mono)
        misses = limits.misses_per_minute
        self._misses = Budget(misses / 60, misses, mono)
        wrong = limits.wrong_per_minute
        self._wrong = Budget(wrong / 60, wrong, mono)

    def spend(self, principal: Principal, method: str, path: str) -> None:
        """Room for one call of a principal.

        Raises:
            CalledTooOften: there is none.
        """
        wait = self._calls.take(principal.id)
        if wait:
            raise CalledTooOften(wait)
        # A one-stop sees its own dossiers alone: it has nothing to harvest.
        if principal.role is Role.ONE_STOP or not is_enquiry(method, path):
            return
        wait = self._misses.wait_s(principal.id) or self._enquiries.take(principal.id)
        if wait:
            raise CalledTooOften(wait, code="asked_too_often")

    def missed(self, principal: str) -> None:
        """An enquiry found nothing: numbers that are counted through cost more."""
        self._misses.take(principal)

    def wrong(self, address: str) -> float:
        """A wrong secret came from there: 0, or how long wrong ones are not answered."""
        return self._wrong.take(address)


def is_enquiry(method: str, path: str) -> bool:
    """Whether a call asks about one dossier, by a number or by words."""
    reads = method in {"GET", "HEAD"} or path == "/v1/find"
    return reads and path.startswith(_ENQUIRIES)


def spend(request: Request, principal: Principal) -> None:
    """Count a call for who makes it, once; nothing where no listener counts.

    Raises:
        CalledTooOften: it has called too often.
    """
    scope = request.scope
    rates: Rates | None = scope.get(RATES)
    if rates is None or SPENT in scope:
        return
    scope[SPENT] = "" if principal.role is Role.ONE_STOP else principal.id
    rates.spend(principal, scope["method"], scope["path"])


def note_wrong(scope: Scope) -> None:
    """Say that what a call showed of itself was wrong."""
    scope[WRONG] = True
