"""What may happen to transfers, in any order: rules of a state machine over a store."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from gateway.conformance.store_making import (
    LAND,
    OFFICE,
    ONE_STOP,
    SENDER,
    Bench,
    following,
    move_of,
)
from gateway.domain.errors import ChangedMeanwhile, ReportKnown
from gateway.domain.identifiers import MessageKind, TransferId
from gateway.domain.journal import GENESIS, chained
from gateway.domain.lane import Lane, LaneLimits, LaneState
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import Fate, State, Transfer, is_allowed
from gateway.ports.nodes import DUTIES
from gateway.ports.store import Change, Claimed, Gate
from tests.properties.holding import Holding
from tests.properties.nodes_of_machine import LEASE_S

if TYPE_CHECKING:
    from gateway.domain.identifiers import DossierId, OfficeId
    from gateway.ports.nodes import Permit
    from tests.properties.nodes_of_machine import Nodes

KINDS = ("hand_over", "supplement", "note")
OVERTAKING = ("withdraw", "replace")
DOSSIERS = 3
#: So many wait at most.
FEW = 4
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
#: What happens all the time; words that stand there twice happen twice as often.
JOURNEY = (
    *("claim 1", "claim 2", "claim 4", "lapse", "lapse", "look", "again", "again"),
    *(f"complete {outcome}" for outcome in OUTCOMES),
    *("complete delivered", "enquire", "enquire", "enquire"),
    *(f"answer {answer}" for answer in ANSWERS),
)
#: What goes wrong beside it, and what is looked after.
TROUBLE = (
    *("crash", "crash at_once", "crash at_once", "start", "start"),
    *("renew", "renew", "renew"),
    *("wall -3600", "wall -60", "wall 60", "wall 3600", "deadline", "seal"),
    *("lane open", "lane open", "lane paused", "lane closed"),
    *("permit 1", "permit 4", "give", "give"),
)
SAID = (
    *("report", "report", "late_report", "withdrawn"),
    *("resend", "anew", "ask", "park", "cancel"),
)
#: Longer than any lease, and than the time until the next question.
LAPSE_S = 100.0
AT = st.integers(0, 99)
#: Seconds that pass before a step: far enough from any end of a lease that a slow
#: machine changes nothing.
WAITS = st.sampled_from([0, 0, 20, 100])
WHICH = st.integers(0, DOSSIERS - 1)


class Delivery(RuleBasedStateMachine):
    """A few dossiers, nodes that lose leases, lives and clocks, and offices' answers."""

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

    # ------------------------------------------------------------ what is to be sent

    def few(self) -> bool:
        """Whether there is room for more: what only waits teaches nothing."""
        return sum(one.state is State.WAITING for one in self.last.values()) < FEW

    def add(self, which: int, new: Any) -> None:
        self.holding.new[new.id] = new
        self.do(self.bench.add(self.dossiers[which], new))

    @precondition(lambda self: self.few())
    @rule(
        which=WHICH,
        kind=st.sampled_from((*KINDS, *KINDS, *OVERTAKING, "status")),
        dependent=st.booleans(),
        parked=st.sampled_from([None, None, None, "needs_data"]),
        over=st.frozensets(st.sampled_from((*KINDS, "replace")), min_size=1),
    )
    def message(
        self,
        which: int,
        kind: str,
        dependent: bool,
        parked: str | None,
        over: frozenset[str],
    ) -> None:
        """One more: of the leg, one that overtakes others, or a status."""
        if kind == "status":
            self.add(which, self.bench.status())
        elif kind in OVERTAKING:
            new = self.bench.transfer(kind=MessageKind(kind), overtakes=over)
            self.add(which, new)
        else:
            new = self.bench.transfer(
                kind=MessageKind(kind), dependent=dependent, parked=parked
            )
            self.add(which, new)

    def deadline(self, at: int) -> None:
        """A second appointment: the case changes, and its open transfers with it."""
        self.at(at)
        dossier = self.dossiers[at % DOSSIERS]
        found = self.do(self.bench.store.dossier(dossier, EVERYTHING))
        due_on = date(2026, 3, 1) + timedelta(days=at % 30)
        case = following(found.case, due_on=due_on)
        self.do(
            self.bench.store.apply(
                Change(
                    self.bench.now, case.dossier_id, case, journal=(self.bench.line(),)
                )
            )
        )

    # ------------------------------------------------------------------ what is sent

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

    @rule(steps=st.lists(st.tuples(st.sampled_from(JOURNEY), AT, WAITS), min_size=1))
    def journey(self, steps: list[tuple[str, int, float]]) -> None:
        """What happens all the time."""
        for what, at, after_s in steps:
            self.pass_seconds(after_s)
            word, _, how = what.partition(" ")
            if word == "claim":
                self.claim(at, int(how))
            elif word == "complete" and self.claimed:
                self.complete(how, at)
            elif word == "lapse":
                self.pass_seconds(LAPSE_S)
                self.end_leases(at)
            elif word == "look":
                self.end_leases(at)
            elif word == "enquire":
                self.enquire(at)
            elif word == "again":
                self.again(at)
            elif word == "answer" and self.enquired:
                self.answer(how, at)
            self.it_holds()

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

    # -------------------------------------------------------------- what goes wrong

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

    @rule(
        what=st.sampled_from(TROUBLE), at=AT, office=st.sampled_from([OFFICE, SENDER])
    )
    def trouble(self, what: str, at: int, office: OfficeId) -> None:
        """What happens to nodes, clocks and lanes."""
        match what.partition(" "):
            case ("crash", _, how):
                self.crash(at, at_once=how == "at_once")
            case ("start", *_) if len(self.nodes.living) < len(self.nodes.names):
                self.another_start()
            case ("wall", _, how):
                self.wall_jumps(int(how), is_seen=bool(at % 2))
            case ("lane", _, how):
                self.lane(office, LaneState(how), at)
            case ("permit", _, how) if self.nodes.shared:
                self.permit(office, int(how), at)
            case ("give", *_) if self.given:
                self.give_back(at)
            case ("renew", *_):
                self.renew(at)
            case ("deadline", *_):
                self.deadline(at)
            case ("seal", *_):
                self.seal(at)
            case _:
                pass

    def crash(self, at: int, *, at_once: bool) -> None:
        """A node dies; what it was sending is settled when it or a lease comes to it."""
        if len(self.nodes.living) < len(self.nodes.names) and not at_once:
            return
        name = self.node(at)
        self.nodes.die(name)
        if at_once or not self.nodes.living:
            self.come_back(name)
        self.bench.store = self.nodes.any

    def another_start(self) -> None:
        (name,) = set(self.nodes.names) - set(self.nodes.living)
        self.come_back(name)

    def come_back(self, name: str) -> None:
        if self.nodes.shared:
            self.pass_seconds(40)  # until nobody has its name any more
        sending = [one for one in self.last.values() if one.state is State.SENDING]
        left = {
            one.id for one in sending if (one.lease_by or "").startswith(f"{name}/")
        }
        self.nodes.come_back(name, self.bench.now)
        self.bench.store = self.nodes.living[name]
        self.are_unconfirmed(left, [one.id for one in sending])

    def pass_seconds(self, seconds: float) -> None:
        self.nodes.pass_seconds(seconds)
        self.clock += seconds
        self.bench.now += timedelta(seconds=seconds)

    def wall_jumps(self, seconds: int, *, is_seen: bool) -> None:
        """Only the wall does; leases know nothing of it."""
        was = self.bench.now
        self.bench.now += timedelta(seconds=seconds)
        if seconds < 0 and is_seen:
            self.do(self.bench.store.wall_went_back(was, self.bench.now))

    # ------------------------------------------------------- what offices and people say

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

    @rule(what=st.sampled_from(SAID), at=AT)
    def said(self, what: str, at: int) -> None:
        """What offices report, and what people do with what stands."""
        match what:
            case "report" | "late_report":
                self.report(at, late=what == "late_report")
            case "withdrawn":
                self.withdrawn_at_the_office(at)
            case "cancel":
                self.cancel(at)
            case _:
                self.person(what, at)

    def report(self, at: int, *, late: bool) -> None:
        """An office reports: once, again, or about what was withdrawn meanwhile."""
        self.at(at)
        name, before = f"fp{at % 4}", self.last
        there = [one for one in before.values() if one.state is State.DELIVERED]
        stale = late and bool(self.withdrawn)
        about = self.withdrawn if stale else there
        moves = tuple(
            replace(move_of(one, State.ANSWERED), was=State.DELIVERED)
            for one in about[:1]
        )
        dossier = about[0].dossier_id if about else self.dossiers[at % DOSSIERS]
        row = self.bench.report(name, dossier_id=dossier)
        change = Change(
            self.bench.now,
            dossier,
            moves=moves,
            report=row,
            journal=(self.bench.line("report"),),
        )
        lines = len(self.do(self.bench.store.journal(dossier)))
        try:
            self.do(self.bench.store.apply(change))
        except ReportKnown:
            told = "known"
        except ChangedMeanwhile:
            told = "withdrawn"
        else:
            told = "taken"
        expected = "withdrawn" if stale else "taken"
        assert told == ("known" if name in self.known else expected)
        if told == "taken":
            self.known.add(name)
        else:
            assert self.transfers() == before, "nothing moved"
            assert len(self.do(self.bench.store.journal(dossier))) == lines

    def withdrawn_at_the_office(self, at: int) -> None:
        one = self.pick(at, State.DELIVERED)
        if one is not None and self.moved(one, State.WITHDRAWN):
            self.withdrawn.append(one)

    def person(self, act: str, at: int) -> None:
        self.at(at)
        one = self.pick(at, State.DUE if act == "park" else State.PARKED)
        if one is None:
            return
        if act == "park":
            assert self.moved(one, State.PARKED, cause="needs_data")
        elif act == "ask":
            self.moved(one, State.UNCONFIRMED, fate=one.fate)
        else:
            fate = Fate.NOT_LEFT if act == "anew" else one.fate
            self.moved(one, State.DUE, fate=fate)

    def cancel(self, at: int) -> None:
        stand = [
            one
            for one in self.last.values()
            if one.state is not State.SENDING
            and is_allowed(one.state, State.CANCELLED, one.fate)
        ]
        if stand:
            self.moved(stand[at % len(stand)], State.CANCELLED)

    def lane(self, office: OfficeId, state: LaneState, at: int) -> None:
        self.at(at)
        lane = Lane(office, AGENCIES[office], state, self.bench.now)
        self.do(self.bench.store.set_lane(lane, self.bench.line("lane")))
        self.lanes[office] = state

    def permit(self, office: OfficeId, count: int, at: int) -> None:
        """Leave for enquiries or polls, against the same limit."""
        name, left = self.node(at), self.room(office)
        permit = self.do(
            self.nodes.living[name].permit(
                office,
                count,
                calls=1,
                limits=LaneLimits(in_flight=LIMIT),
                now=self.bench.now,
                hold_s=HOLD_S,
            )
        )
        assert permit.count == min(count, left)
        if permit.count:
            ends = self.clock + HOLD_S
            self.permits[permit.token] = (office, permit.count, ends)
            self.given.append((name, permit))

    def give_back(self, at: int) -> None:
        self.at(at)
        count = 1 if at % 2 else None
        _, permit = self.given.pop(at % len(self.given))
        self.do(self.bench.store.give_back(permit, count))
        office, left, ends = self.permits.pop(permit.token)
        if count is not None and left > count:
            self.permits[permit.token] = (office, left - count, ends)

    # ------------------------------------------------------------------- what holds

    def seal(self, at: int) -> None:
        self.at(at)
        self.do(self.bench.store.seal(now=self.bench.now))
        assert self.do(self.bench.store.seal(now=self.bench.now)) == 0
        self.chains_hold()

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
