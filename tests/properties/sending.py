"""What is sent and asked by nodes that lose leases, lives and clocks; and a model of it.

Each method does one thing to the store and says what has to come of it.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from gateway.conformance.store_making import (
    LAND,
    OFFICE,
    ONE_STOP,
    SENDER,
    Bench,
    move_of,
)
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import TransferId
from gateway.domain.journal import GENESIS, chained
from gateway.domain.lane import LaneState
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import Fate, State, Transfer
from gateway.ports.nodes import DUTIES
from gateway.ports.store import Change, Claimed, Gate
from tests.properties.holding import Holding
from tests.properties.nodes_of_machine import LEASE_S

if TYPE_CHECKING:
    from gateway.domain.identifiers import DossierId, OfficeId
    from gateway.ports.nodes import Permit
    from tests.properties.nodes_of_machine import Nodes


DOSSIERS = 3
#: On their way to one office at once, over all nodes.
LIMIT = 3
HOLD_S = 60.0
AGENCIES = {OFFICE: LAND, SENDER: ONE_STOP}
OUTCOMES = {
    "delivered": (State.DELIVERED, Fate.AGENCY_HAS_IT),
    "refused": (State.REFUSED, Fate.AGENCY_HAS_IT),
    "try_again": (State.DUE, None),
    "repeat": (State.DUE, Fate.MAY_HAVE_LEFT),
    "unknown": (State.UNCONFIRMED, Fate.MAY_HAVE_LEFT),
    "parked": (State.PARKED, None),
    "parked_unknown": (State.PARKED, Fate.MAY_HAVE_LEFT),
}
#: What is still worth being told when the lease has ended first.
LATE = ("delivered", "refused")
ANSWERS = {
    "delivered": (State.DELIVERED, Fate.AGENCY_HAS_IT),
    "refused": (State.REFUSED, Fate.AGENCY_HAS_IT),
    "not_delivered": (State.DUE, Fate.NOT_LEFT),
    "given_up": (State.PARKED, Fate.MAY_HAVE_LEFT),
}
#: Longer than any lease, and than the time until the next question.
LAPSE_S = 100.0


class Sending(RuleBasedStateMachine):
    """A few dossiers whose messages nodes claim, send, lose and ask about."""

    def __init__(self, nodes: Nodes) -> None:
        super().__init__()
        self.nodes = nodes

    @initialize()
    def begin(self) -> None:
        self.nodes.begin()
        self.bench = Bench(self.nodes.any)
        self.dossiers: list[DossierId] = [
            self.do(self.bench.accepted()) for _ in range(DOSSIERS)
        ]
        #: Seconds by the clock that leases run by.
        self.clock = 0.0
        self.claimed: list[tuple[str, Claimed]] = []
        self.ends: dict[tuple[TransferId, int], float] = {}
        self.enquired: list[Claimed] = []
        #: The newest question about each that is unconfirmed since before it.
        self.asked: dict[TransferId, Claimed] = {}
        self.permits: dict[str, tuple[OfficeId, int, float]] = {}
        self.given: list[tuple[str, Permit]] = []
        self.lanes: dict[OfficeId, LaneState] = {}
        self.known: set[str] = set()
        self.withdrawn: list[Transfer] = []
        self.numbers = itertools.count()
        self.holding = Holding()
        for which in range(DOSSIERS):
            self.add(which, self.bench.transfer())
        self.it_holds()

    def do(self, work: Any) -> Any:
        return self.nodes.do(work)

    @property
    def last(self) -> dict[str, Transfer]:
        """Transfers as they were after the last step."""
        return self.holding.last

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            self.chains_hold()

    def node(self, at: int) -> str:
        """The name of some node that lives."""
        names = sorted(self.nodes.living)
        return names[at % len(names)]

    def at(self, at: int) -> None:
        """Whatever comes next is done by some living node."""
        self.bench.store = self.nodes.living[self.node(at)]

    def moved(self, transfer: Transfer, state: State, **changes: Any) -> bool:
        move = move_of(transfer, state, **changes)
        if move.now is State.DUE and move.fate is Fate.MAY_HAVE_LEFT:
            self.holding.said_due.add(transfer.id)
        change = Change(
            self.bench.now,
            transfer.dossier_id,
            moves=(move,),
            journal=(self.bench.line(),),
        )
        try:
            self.do(self.bench.store.apply(change))
        except ChangedMeanwhile:
            return False
        return True

    def pick(self, at: int, *states: State) -> Transfer | None:
        """Some transfer in one of these states."""
        found = [one for one in self.last.values() if one.state in states]
        return found[at % len(found)] if found else None

    def add(self, which: int, new: Any) -> None:
        self.holding.new[new.id] = new
        self.do(self.bench.add(self.dossiers[which], new))

    def room(self, office: OfficeId) -> int:
        """How many more may be on their way, as the store has to count."""
        if not self.nodes.shared:
            return LIMIT
        state = self.lanes.get(office, LaneState.OPEN)
        allowed = {LaneState.PAUSED: 0, LaneState.CLOSED: 1}.get(state, LIMIT)
        return max(0, allowed - self.on_their_way(office))

    def on_their_way(self, office: OfficeId) -> int:
        sending = [
            one
            for one in self.last.values()
            if one.office == office and one.state is State.SENDING
        ]
        permitted = [
            count
            for to, count, ends in self.permits.values()
            if to == office and ends > self.clock
        ]
        return len(sending) + sum(permitted)

    def claim(self, at: int, room: int) -> None:
        name = self.node(at)
        rooms = {office: min(room, self.room(office)) for office in AGENCIES}
        taken = self.do(
            self.nodes.living[name].claim(
                [
                    Gate(office, room if self.nodes.shared else rooms[office], LIMIT)
                    for office in AGENCIES
                ],
                now=self.bench.now,
                node=name,
                lease_s=LEASE_S,
            )
        )
        for office, most in rooms.items():
            due = [
                one
                for one in self.last.values()
                if one.office == office
                and one.due_at is not None
                and one.due_at <= self.bench.now
            ]
            mine = [one for one in taken if one.transfer.office == office]
            assert len(mine) == min(most, len(due)), "as many as there is room for"
        for one in taken:
            self.holding.is_claimed(one.transfer)
            self.ends[one.transfer.id, one.transfer.attempts] = self.clock + LEASE_S
            self.claimed.append((name, one))

    def complete(self, outcome: str, at: int) -> None:
        """An outcome is written down, by another node if its own is dead."""
        name, claimed = self.claimed.pop(at % len(self.claimed))
        one, present = claimed.transfer, self.last[claimed.transfer.id]
        self.bench.store = self.nodes.living.get(name, self.nodes.any)
        state, fate = OUTCOMES[outcome]
        later = state in {State.UNCONFIRMED, State.DUE}
        after = self.bench.later(60) if later else None
        ours = present.state is State.SENDING and present.lease_by == one.lease_by
        told = {"fate": fate or one.fate, "after": after, "cause": "x"}
        done = self.moved(one, state, attempts=one.attempts, **told)
        assert done == ours, "only who holds the lease writes an outcome down"
        if not done and outcome in LATE:
            self.late(one, present, state, fate)

    def late(
        self, one: Transfer, present: Transfer, state: State, fate: Fate | None
    ) -> None:
        """The lease ended first: its outcome counts while nobody knows another."""
        waited_for = (
            present.state is State.UNCONFIRMED and present.attempts == one.attempts
        )
        stale = replace(one, state=State.UNCONFIRMED, lease_by=present.lease_by)
        told = self.moved(stale, state, fate=fate, attempts=one.attempts, cause="x")
        assert told == waited_for, "an outcome counts for its own attempt only"

    def renew(self, at: int) -> None:
        """A node holds on to what it is sending, whatever else it has in mind."""
        name = self.node(at)
        ids = tuple({one.transfer.id for _, one in self.claimed})
        found = self.do(self.nodes.living[name].renew(ids, DUTIES, self.bench.now))
        assert found.is_ours
        if not self.nodes.shared:
            return
        process = self.nodes.process_of(name)
        still = {
            one.id: one.attempts
            for one in self.last.values()
            if one.id in ids and (one.lease_by or "").startswith(process)
            if one.state is State.SENDING
        }
        assert found.transfers == frozenset(still)
        for identifier, attempts in still.items():
            self.ends[TransferId(identifier), attempts] = self.clock + LEASE_S

    def is_over(self, one: Transfer) -> bool:
        """Whether a lease has ended; on a file its moment by the wall has come, too."""
        over = self.ends.get((one.id, one.attempts), 0.0) <= self.clock
        if self.nodes.shared:
            return over
        return (
            over and one.lease_until is not None and one.lease_until <= self.bench.now
        )

    def end_leases(self, at: int) -> None:
        self.at(at)
        sending = [one for one in self.last.values() if one.state is State.SENDING]
        over = {one.id for one in sending if self.is_over(one)}
        ended = [
            self.do(self.bench.store.end_leases(office, self.bench.now, 60))
            for office in AGENCIES
        ]
        assert sum(ended) == len(over)
        self.are_unconfirmed(over, [one.id for one in sending])

    def are_unconfirmed(self, over: set[TransferId], sending: list[TransferId]) -> None:
        for identifier in sending:
            present = self.do(self.bench.transfer_of(identifier))
            if identifier in over:
                found = (present.state, present.fate)
                assert found == (State.UNCONFIRMED, Fate.MAY_HAVE_LEFT)
            else:
                assert present.state is State.SENDING

    def pass_seconds(self, seconds: float) -> None:
        self.nodes.pass_seconds(seconds)
        self.clock += seconds
        self.bench.now += timedelta(seconds=seconds)

    def enquire(self, at: int) -> None:
        self.at(at)
        for office in AGENCIES:
            asked = self.bench.store.claim_enquiries(
                office, now=self.bench.now, limit=2, again_s=60
            )
            for one in self.do(asked):
                self.enquired.append(one)
                self.asked[one.transfer.id] = one

    def again(self, at: int) -> None:
        """What nobody had is asked about and leaves once more."""
        self.pass_seconds(LAPSE_S)
        self.enquire(at)
        while self.enquired:
            self.it_holds()
            self.answer("not_delivered", at)
        self.it_holds()
        self.claim(at, 4)

    def answer(self, answer: str, at: int) -> None:
        """An answer to a question that another was asked after comes to nothing."""
        self.at(at)
        claimed = self.enquired.pop(at % len(self.enquired))
        one = claimed.transfer
        state, fate = ANSWERS[answer]
        newest = self.asked.get(one.id) is claimed
        assert self.moved(one, state, fate=fate, cause="x") == newest

    def chains_hold(self) -> None:
        for dossier in self.dossiers:
            before = GENESIS
            for line in self.do(self.bench.store.journal(dossier)):
                assert line.previous == before
                told = chained(line.previous, line.line, line.chain, line.position)
                assert line.digest == told
                before = line.digest

    def transfers(self) -> dict[str, Transfer]:
        found = self.bench.store.transfers_in(
            EVERYTHING, states=[*State], office=None, after=None, limit=1_000
        )
        return {one.id: one for one in self.do(found)}

    @invariant()
    def it_holds(self) -> None:
        if hasattr(self, "holding"):
            self.holding.look(self.transfers())
            self.asked = {
                identifier: one
                for identifier, one in self.asked.items()
                if self.last[identifier].state is State.UNCONFIRMED
            }
            for office in AGENCIES:
                assert not self.nodes.shared or self.on_their_way(office) <= LIMIT
