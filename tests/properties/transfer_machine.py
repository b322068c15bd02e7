"""What may happen to transfers, in any order: rules of a state machine over a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from gateway.conformance.store_making import (
    OFFICE,
    SENDER,
    following,
    move_of,
)
from gateway.domain.errors import ChangedMeanwhile, ReportKnown
from gateway.domain.identifiers import MessageKind
from gateway.domain.lane import Lane, LaneLimits, LaneState
from gateway.domain.principal import EVERYTHING
from gateway.domain.transfer import Fate, State, is_allowed
from gateway.ports.store import Change
from tests.properties.sending import (
    AGENCIES,
    ANSWERS,
    DOSSIERS,
    HOLD_S,
    LAPSE_S,
    LIMIT,
    OUTCOMES,
    Sending,
)

if TYPE_CHECKING:
    from gateway.domain.identifiers import OfficeId

KINDS = ("hand_over", "supplement", "note")
OVERTAKING = ("withdraw", "replace")
#: So many wait at most.
FEW = 4
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
AT = st.integers(0, 99)
#: Seconds that pass before a step: far enough from any end of a lease that a slow
#: machine changes nothing.
WAITS = st.sampled_from([0, 0, 20, 100])
WHICH = st.integers(0, DOSSIERS - 1)


class Delivery(Sending):
    """What comes anew, goes wrong and is said, in any order."""

    # ------------------------------------------------------------ what is to be sent

    def few(self) -> bool:
        """Whether there is room for more: what only waits teaches nothing."""
        return sum(one.state is State.WAITING for one in self.last.values()) < FEW

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

    def wall_jumps(self, seconds: int, *, is_seen: bool) -> None:
        """Only the wall does; leases know nothing of it."""
        was = self.bench.now
        self.bench.now += timedelta(seconds=seconds)
        if seconds < 0 and is_seen:
            self.do(self.bench.store.wall_went_back(was, self.bench.now))

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

    def seal(self, at: int) -> None:
        self.at(at)
        self.do(self.bench.store.seal(now=self.bench.now))
        assert self.do(self.bench.store.seal(now=self.bench.now)) == 0
        self.chains_hold()
