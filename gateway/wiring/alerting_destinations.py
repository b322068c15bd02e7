"""What moves destinations, as sources of alerts: a proposal that waits, a machine's own file.

Addresses in a node's settings (``[addresses]``) are written by whoever has the machine;
no second person stands before them. That they are others than at the start before is a
line of the journal and is told for a day.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain.alert import Holding, Severity
from gateway.domain.journal import JournalLine
from gateway.intake.configuring import elsewhere_of
from gateway.intake.proposed_alone import PAGE
from gateway.ports.alerts import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.domain.proposed import ProposedConfiguration
    from gateway.sealing.tools import Tools
    from gateway.settings import Settings

PROPOSED, ADDRESSES = "destination_waits", "addresses"
#: How long other addresses of a machine are told of.
TOLD = timedelta(days=1)
_NAMED = 10


def of_destinations(tools: Tools, settings: Settings) -> Iterator[Source]:
    """The sources; addresses are looked at once, since settings are read at a start."""
    own = AddressLook(tools, settings.node, settings.addresses)

    async def waits(_now: datetime) -> Sequence[Holding]:
        row = await tools.configuring.rows.proposed_configuration()
        if row is None:
            return []
        present = await tools.store.configuration(None)
        moved = elsewhere_of(present[1] if present else {}, row)
        return [waiting(row, [one.code for one in moved])]

    yield Source(frozenset({PROPOSED}), waits)
    yield Source(frozenset({ADDRESSES}), own.look, local=True)


def waiting(row: ProposedConfiguration, named: Sequence[str]) -> Holding:
    """Somebody has to look at it: it takes effect by another person's word alone."""
    return Holding(
        kind=PROPOSED,
        subject=row.id,
        severity=Severity.WARNING,
        since=row.at,
        reason=f"{row.by} đề nghị đổi nơi gửi hoặc khóa của: {_few(named)}",
        next_action="Quản trị khác hoặc lãnh đạo hỏi lại đơn vị, rồi duyệt hoặc bỏ.",
        page=PAGE,
    )


class AddressLook:
    """Whether a node's own addresses are others than when it started before."""

    def __init__(self, tools: Tools, node: str, addresses: Mapping[str, str]) -> None:
        """Nothing is looked at before ``look``."""
        self._tools = tools
        self._node = node
        self._addresses = addresses
        self._told: dict[str, object] | None = None

    async def look(self, now: datetime) -> Sequence[Holding]:
        """What holds at this moment."""
        if self._told is None:
            self._told = await self._compared(now)
        said = self._told.get("at")
        at = datetime.fromisoformat(said) if isinstance(said, str) else None
        names = self._told.get("names")
        if at is None or not isinstance(names, list) or now - at > TOLD:
            return []
        return [
            Holding(
                kind=ADDRESSES,
                subject=self._node,
                severity=Severity.WARNING,
                since=at,
                reason=f"Máy {self._node}: tệp thiết lập ghi địa chỉ khác trước của:"
                f" {_few(names)}",
                next_action="Quản trị khác hỏi người giữ máy: ai đổi, theo văn bản nào.",
            )
        ]

    async def _compared(self, now: datetime) -> dict[str, object]:
        """Keep what there is, with a line of what is another; what is to be told."""
        store, mark = self._tools.store, f"addresses:{self._node}"
        # Prints, not addresses: a mark is no place for what may hold a password.
        prints = {
            name: self._tools.vault.blind("address", url).hex()
            for name, url in self._addresses.items()
        }
        kept = await store.mark(mark)
        before: dict[str, object] = json.loads(kept) if kept else {}
        known = before.get("prints")
        if known == prints:
            return before
        names: list[str] = []
        if isinstance(known, dict):
            names = sorted(
                one for one in {*known, *prints} if known.get(one) != prints.get(one)
            )
            facts = {"node": self._node, "named": names[:_NAMED]}
            line = JournalLine("addresses", now, "gateway", facts)
            await store.note(f"addresses:{self._node}:{now:%Y-%m-%d}", [line])
            self._tools.probe.action(action="addresses_changed", count=len(names))
        at = now.isoformat() if names else None
        after: dict[str, object] = {"prints": prints, "names": names, "at": at}
        await store.set_mark(mark, json.dumps(after))
        return after


def _few(named: Sequence[str]) -> str:
    more = f" và {len(named) - _NAMED} nơi nữa" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more
