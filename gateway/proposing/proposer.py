"""Does by the clock what nobody clicks for: effects whose moment came, lists to ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from gateway.domain.errors import (
    ActionNotPossible,
    DeliveryError,
    GatewayError,
    NeedsConfiguration,
    SlotNotOffered,
)
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING
from gateway.domain.proposal import ProposalState
from gateway.ports.nodes import WATCH
from gateway.proposing.confirming import take_effect
from gateway.proposing.deciding import Decision, schedule
from gateway.proposing.finding import hold_against
from gateway.proposing.listing import of_answer
from gateway.proposing.rules import apply_rules, holds
from gateway.receipts.poller import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.identifiers import OfficeId
    from gateway.ports.nodes import Duties
    from gateway.ports.proposals import ProposalRow, ProposalRule
    from gateway.receipts.poller import Entrance, Lanes
    from gateway.sealing.tools import Tools

E = TypeVar("E", bound=Entry)
#: Real seconds between two looks.
LOOK_EVERY_S = 30.0
#: Effects of one look, pages of one look.
AT_ONCE, PAGE = 200, 100
#: An office is asked for what it received in so many days; what is older is rare
#: and is found by a list that a person uploads.
ASKED_DAYS = 60
BY_RULE_OR_ALONE = "Không ai phản đối trong thời hạn"


class Proposer(Generic[E]):
    """One node of all does it."""

    def __init__(
        self, tools: Tools, *, lanes: Lanes, entrance: Entrance[E], duties: Duties
    ) -> None:
        """``entrance``: asking for a list is a call like every other."""
        self._tools = tools
        self._lanes = lanes
        self._entrance = entrance
        self._duties = duties
        self._has_none: set[OfficeId] = set()

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._tools.clock.rest(LOOK_EVERY_S)
            if self._duties.holds(WATCH):
                await self.turn()

    async def turn(self) -> None:
        """Do what is due now; what fails for one does not hold up the others."""
        tools = self._tools
        await self._take_up()
        rules = {one.id: one for one in await tools.proposals.proposal_rules()}
        due = await tools.proposals.proposals_due(tools.clock.now(), AT_ONCE)
        for row in due:
            try:
                await self._effect(row, rules)
            except ActionNotPossible:
                continue  # decided or overtaken meanwhile, which is noted
            except GatewayError as error:
                tools.probe.trouble("proposing.effect", error)
        for office in tools.versions.current.offices:
            try:
                await self._ask(office)
            except GatewayError as error:
                tools.probe.trouble("proposing.list", error)

    async def _take_up(self) -> None:
        """What no rule has taken up yet, page by page."""
        after: str | None = None
        while True:
            page = await self._tools.proposals.proposals(
                EVERYTHING, state=ProposalState.OPEN, after=after, limit=PAGE
            )
            await apply_rules(self._tools, page)
            if len(page) < PAGE:
                return
            after = page[-1].id

    async def _effect(
        self, row: ProposalRow, rules: Mapping[str, ProposalRule]
    ) -> None:
        said = Decision(row.by, BY_RULE_OR_ALONE, decides=bool(row.rule), rule=row.rule)
        rule = rules.get(row.rule)
        if row.rule and (rule is None or not holds(self._tools, rule)):
            # It waits for people again.
            await schedule(self._tools, row, Decision("gateway", "", rule=""), None)
            return
        await take_effect(self._tools, row, said)

    async def _ask(self, office: OfficeId) -> None:
        """Ask an office for its list, once a day and when it may be asked."""
        tools, now = self._tools, self._tools.clock.now()
        mark, today = f"list_known:{office}", legal_day(now)
        if office in self._has_none or await tools.store.mark(mark) == str(today):
            return
        try:
            adapter = tools.adapters.of(office)
        except NeedsConfiguration:
            return
        entry = await self._entrance.enter(office, 1, now)
        if entry.count == 0:
            return
        try:
            listed = await adapter.list_known(
                today - timedelta(days=ASKED_DAYS),
                today,
                timeout_s=self._lanes.limits(office).timeout_s,
            )
        except SlotNotOffered:
            self._has_none.add(office)
            return
        except DeliveryError as error:
            tools.probe.trouble("proposing.list", error)
            return
        finally:
            await self._entrance.ended(entry)
        await tools.store.set_mark(mark, str(today))
        evidence = of_answer(listed, office, now)
        await hold_against(tools, office, evidence, by="")
        tools.probe.action(
            action="list_asked", actor="gateway", office=office, count=len(listed)
        )
