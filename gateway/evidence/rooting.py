"""Makes roots over the seals, signs them, and publishes the keys that sign."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from gateway.domain.clock_wrong import ClockWrong
from gateway.domain.errors import ActionNotPossible, ChangedMeanwhile, StoreError
from gateway.domain.evidence import KEY_LINE, next_root
from gateway.domain.journal import JournalLine
from gateway.domain.values import replace
from gateway.ports.nodes import SEAL

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.domain.evidence import EvidenceKey, Signature
    from gateway.ports.nodes import Duties
    from gateway.sealing.tools import Tools

#: Real seconds between two roots at most; a package makes one at once.
EVERY_S = 600.0
#: Real seconds between two looks at the keys.
LOOK_EVERY_S = 5.0
#: Seals under one root at most, so that a proof stays short to find.
SEALS_AT_ONCE = 10_000
#: Old roots that are signed again in one look.
SIGN_AT_ONCE = 500
NO_KEY = (
    "Cổng chưa có khóa chứng cứ dùng được: quản trị chạy lienthong key evidence-new trên"
    " máy chạy cổng rồi làm lại."
)


class RootMaker:
    """The loop that keeps roots made and signed; real time, as the sealer."""

    def __init__(self, tools: Tools, duties: Duties) -> None:
        """Nothing is made before ``run``."""
        self._tools = tools
        self._duties = duties
        #: the revoked keys since whose revocation all roots were looked through
        self._signed_since: set[str] = set()

    async def run(self) -> None:
        """Go on until cancelled."""
        clock, made_at = self._tools.clock, self._tools.clock.mono()
        while True:
            try:
                known = await publish_keys(self._tools)
                if self._duties.holds(SEAL):
                    if not clock.wrong():
                        await self._sign_again(known)
                    # By a wrong wall nothing is signed; it is made once it is right.
                    if clock.mono() - made_at >= EVERY_S and not clock.wrong():
                        made_at = clock.mono()
                        await make_roots(self._tools)
            except (StoreError, ActionNotPossible, ClockWrong, OSError) as error:
                self._tools.probe.trouble("evidence.rootmaker", error)
            await clock.rest(LOOK_EVERY_S)

    async def _sign_again(self, known: Collection[EvidenceKey]) -> None:
        """Once after each revocation, as soon as there is a key to do it with."""
        revoked = _revoked(known)
        if revoked != self._signed_since and can_sign(self._tools, known):
            while await sign_again(self._tools):
                pass
            self._signed_since = revoked


async def make_roots(tools: Tools) -> int:
    """Make the roots over all seals that have none; how many.

    Raises:
        ActionNotPossible: there is no key to sign with.
    """
    made = 0
    while True:
        before = await tools.evidence.newest_root()
        last = before.last if before else 0
        seals = await tools.evidence.seals_after(last, SEALS_AT_ONCE)
        if not seals:
            return made
        root = next_root(before, list(seals), tools.clock.now().astimezone(UTC))
        signature = await signed(tools, root.statement)
        try:
            await tools.evidence.add_root(root, signature)
        except ChangedMeanwhile:
            continue
        made += 1


async def signed(tools: Tools, message: bytes) -> Signature:
    """A signature of now, by a key that nobody revoked.

    Raises:
        ActionNotPossible: there is none.
        ClockWrong: the wall is known to be wrong.
    """
    if tools.clock.wrong():
        raise ClockWrong
    known = await publish_keys(tools)
    now = tools.clock.now().astimezone(UTC)
    found = tools.signer.sign(message, now, _revoked(known))
    if found is None:
        raise ActionNotPossible(code="evidence_key_missing", remedy=NO_KEY)
    return found


async def publish_keys(tools: Tools) -> list[EvidenceKey]:
    """Publish the keys of this node, and when they end; every known key."""
    known = list(await tools.evidence.evidence_keys())
    by_id = {key.id: key for key in known}
    for key in tools.signer.held():
        there = by_id.get(key.id)
        if there is not None and there.until == key.until:
            continue
        facts = {
            "key": key.id,
            "since": key.since.isoformat(),
            "until": key.until.isoformat() if key.until else None,
        }
        line = JournalLine(KEY_LINE, tools.clock.now(), "gateway", facts)
        await tools.evidence.keep_evidence_key(key, line)
        by_id[key.id] = key if there is None else replace(there, until=key.until)
    return sorted(by_id.values(), key=lambda key: (key.since, key.id))


async def sign_again(tools: Tools) -> int:
    """Sign the roots that only revoked keys have signed; how many.

    What a stolen key signed counts no more. The store says what was sealed, and a key
    that nobody stole says so again.
    """
    known = await tools.evidence.evidence_keys()
    gone = _revoked(known)
    if not gone:
        return 0
    good = {key.id for key in known} - gone
    roots = await tools.evidence.unsigned_roots(good, SIGN_AT_ONCE)
    if roots and not can_sign(tools, known):
        return 0
    for root in roots:
        signature = await signed(tools, root.statement)
        await tools.evidence.sign_root(root.number, signature)
    return len(roots)


def can_sign(tools: Tools, known: Collection[EvidenceKey]) -> bool:
    """Whether this node has a key that counts now."""
    now = tools.clock.now().astimezone(UTC)
    return tools.signer.sign(b"", now, _revoked(known)) is not None


def _revoked(known: Collection[EvidenceKey]) -> set[str]:
    return {key.id for key in known if key.revoked_at is not None}
