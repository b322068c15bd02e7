"""Whatever order things happen in: order is kept, nothing vanishes, nothing doubles."""

import asyncio
import tempfile
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from gateway.conformance.store_making import OFFICE, SENDER, Bench, move_of
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import MessageKind, TransferId
from gateway.domain.transfer import CLOSED, Fate, State, Transfer, is_allowed
from gateway.ports.store import Change, Claimed, Gate
from gateway.store.sqlite import SQLiteStore

pytestmark = pytest.mark.store
#: Thousands of commits: where there is a disk in memory, they need no other.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
ACTIVE = {State.DUE, State.SENDING, State.UNCONFIRMED}
KINDS = ("hand_over", "supplement", "note")
OUTCOMES = {
    "delivered": (State.DELIVERED, Fate.AGENCY_HAS_IT),
    "refused": (State.REFUSED, Fate.AGENCY_HAS_IT),
    "try_again": (State.DUE, None),
    "repeat": (State.DUE, Fate.MAY_HAVE_LEFT),
    "unknown": (State.UNCONFIRMED, Fate.MAY_HAVE_LEFT),
    "parked": (State.PARKED, None),
    "parked_unknown": (State.PARKED, Fate.MAY_HAVE_LEFT),
}
ANSWERS = {
    "delivered": (State.DELIVERED, Fate.AGENCY_HAS_IT),
    "refused": (State.REFUSED, Fate.AGENCY_HAS_IT),
    "not_delivered": (State.DUE, Fate.NOT_LEFT),
    "given_up": (State.PARKED, Fate.MAY_HAVE_LEFT),
}
#: What may follow a state, over any number of unseen steps within one unit.
SETTLED = {State.REFUSED, State.CANCELLED, State.WITHDRAWN, State.ANSWERED}


class Delivery(RuleBasedStateMachine):
    """Two dossiers, a store, a worker that loses leases, and an agency's book."""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.path = Path(self.folder.name) / "store.db"
        self.store = self.do(SQLiteStore.open(self.path))
        self.bench = Bench(self.store)
        self.dossiers = [self.do(self.bench.accepted()) for _ in range(2)]
        self.made: list[TransferId] = []
        self.claimed: list[Claimed] = []
        self.enquired: list[Claimed] = []
        self.last: dict[str, Transfer] = {}

    def do(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.do(self.store.close())
            self.loop.close()
            self.folder.cleanup()

    def all(self) -> list[Transfer]:
        return [
            transfer
            for dossier_id in self.dossiers
            for transfer in self.do(self.store.transfers(dossier_id))
        ]

    def moved(self, transfer: Transfer, state: State, **changes: Any) -> bool:
        change = Change(
            self.bench.now,
            transfer.dossier_id,
            moves=(move_of(transfer, state, **changes),),
        )
        try:
            self.do(self.store.apply(change))
        except ChangedMeanwhile:
            return False
        return True

    # ------------------------------------------------------------- what happens

    @rule(
        which=st.integers(0, 1),
        kind=st.sampled_from(KINDS),
        dependent=st.booleans(),
        parked=st.sampled_from([None, None, None, "needs_data"]),
    )
    def message(
        self, which: int, kind: str, dependent: bool, parked: str | None
    ) -> None:
        new = self.bench.transfer(
            kind=MessageKind(kind), dependent=dependent, parked=parked
        )
        self.made.append(new.id)
        self.do(self.bench.add(self.dossiers[which], new))

    @rule(which=st.integers(0, 1))
    def status(self, which: int) -> None:
        new = self.bench.status()
        self.made.append(new.id)
        self.do(self.bench.add(self.dossiers[which], new))

    @rule(
        which=st.integers(0, 1),
        kinds=st.frozensets(st.sampled_from(KINDS), min_size=1),
    )
    def withdraw(self, which: int, kinds: frozenset[str]) -> None:
        new = self.bench.transfer(kind=MessageKind("withdraw"), overtakes=kinds)
        self.made.append(new.id)
        self.do(self.bench.add(self.dossiers[which], new))

    @rule(room=st.integers(1, 3))
    def claim(self, room: int) -> None:
        gates = [Gate(OFFICE, room), Gate(SENDER, room)]
        taken = self.do(
            self.store.claim(gates, now=self.bench.now, node="n", lease_s=30)
        )
        for one in taken:
            assert self.last[one.transfer.id].state is State.DUE
            assert one.transfer.fate is not Fate.AGENCY_HAS_IT
        self.claimed += taken

    @precondition(lambda self: self.claimed)
    @rule(outcome=st.sampled_from(sorted(OUTCOMES)), at=st.integers(0, 99))
    def complete(self, outcome: str, at: int) -> None:
        one = self.claimed.pop(at % len(self.claimed)).transfer
        state, fate = OUTCOMES[outcome]
        after = (
            self.bench.later(60) if state in {State.UNCONFIRMED, State.DUE} else None
        )
        present = self.last[one.id]
        ours = present.state is State.SENDING and present.lease_by == one.lease_by
        done = self.moved(one, state, fate=fate or one.fate, after=after, cause="x")
        assert done == ours

    @precondition(lambda self: self.claimed or self.enquired)
    @rule()
    def crash(self) -> None:
        """The process dies; another starts. Late answers of the dead come nowhere."""
        self.do(self.store.close())
        self.store = self.do(SQLiteStore.open(self.path))
        self.bench.store = self.store
        ask_after_s = {OFFICE: 1.0, SENDER: 1.0}
        sending = [o for o in self.last.values() if o.state is State.SENDING]
        recovered = self.store.recover(
            node="n", now=self.bench.now, ask_after_s=ask_after_s
        )
        assert self.do(recovered) == len(sending)
        for one in sending:
            present = self.do(self.bench.transfer_of(one.id))
            assert (present.state, present.fate) == (
                State.UNCONFIRMED,
                Fate.MAY_HAVE_LEFT,
            )

    @rule()
    def enquire(self) -> None:
        for office in (OFFICE, SENDER):
            self.enquired += self.do(
                self.store.claim_enquiries(
                    office, now=self.bench.now, limit=2, again_s=60
                )
            )

    @precondition(lambda self: self.enquired)
    @rule(answer=st.sampled_from(sorted(ANSWERS)), at=st.integers(0, 99))
    def answer(self, answer: str, at: int) -> None:
        one = self.enquired.pop(at % len(self.enquired)).transfer
        state, fate = ANSWERS[answer]
        self.moved(one, state, fate=fate, cause="x")

    @rule(at=st.integers(0, 99), fate=st.sampled_from([None, Fate.NOT_LEFT]))
    def resend(self, at: int, fate: Fate | None) -> None:
        parked = [one for one in self.last.values() if one.state is State.PARKED]
        if parked:
            one = parked[at % len(parked)]
            self.moved(one, State.DUE, fate=fate or one.fate)

    @rule(at=st.integers(0, 99))
    def ask_again(self, at: int) -> None:
        parked = [one for one in self.last.values() if one.state is State.PARKED]
        if parked:
            one = parked[at % len(parked)]
            self.moved(one, State.UNCONFIRMED, fate=one.fate)

    @rule(at=st.integers(0, 99))
    def cancel(self, at: int) -> None:
        stand = [
            one
            for one in self.last.values()
            if one.state is not State.SENDING
            and is_allowed(one.state, State.CANCELLED, one.fate)
        ]
        if stand:
            self.moved(stand[at % len(stand)], State.CANCELLED)

    @rule(seconds=st.integers(1, 100))
    def time_passes(self, seconds: int) -> None:
        self.bench.now += timedelta(seconds=seconds)

    # -------------------------------------------------------------- what holds

    @invariant()
    def it_holds(self) -> None:
        if not hasattr(self, "store"):
            return
        transfers = self.all()
        assert {one.id for one in transfers} == set(self.made), "one vanished"
        conversations: dict[tuple[str, str], list[Transfer]] = defaultdict(list)
        for one in transfers:
            conversations[one.dossier_id, one.conversation].append(one)
            self.one_holds(one)
        for rows in conversations.values():
            self.conversation_holds(sorted(rows, key=lambda row: row.position))
        self.last = {one.id: one for one in transfers}

    def one_holds(self, one: Transfer) -> None:
        before = self.last.get(one.id)
        if before is not None and before.state in SETTLED:
            assert one == before, "what is settled changes no more"
        assert one.state is not State.DUE or one.fate is not Fate.AGENCY_HAS_IT
        assert (one.state is State.CANCELLED) <= bool(one.named_by)
        assert (one.state in CLOSED) == (one.finished_at is not None)
        assert (one.attempts > 0) == (one.first_sent_at is not None)

    def conversation_holds(self, rows: list[Transfer]) -> None:
        assert [row.position for row in rows] == list(range(1, len(rows) + 1))
        positions = {row.id: row.position for row in rows}
        for row in rows:
            # Who overtook came later, and what it cancelled is not on its way.
            assert (
                positions.get(TransferId(row.named_by or ""), row.position + 1)
                > row.position
            )
        active = [row for row in rows if row.state in ACTIVE]
        assert len(active) <= 1, "one head"
        parked = [row for row in rows if row.state is State.PARKED]
        waiting = [row for row in rows if row.state is State.WAITING]
        if waiting and not active:
            assert parked, "an orphan waits behind nothing"
            assert rows[0].conversation != "status", "a status is held by a parked one"
        for row in active:
            if row.state is State.DUE:
                for before in rows[: row.position - 1]:
                    self.may_be_passed(before, row)

    def may_be_passed(self, before: Transfer, by: Transfer) -> None:
        """Who comes before a due one has closed, or is parked and does not hold it."""
        assert before.state not in ACTIVE
        if before.state is State.PARKED:
            overtaken = by.kind == "withdraw"
            assert overtaken or (before.cause or "").startswith("predecessor_")


Machine = Delivery.TestCase
Machine.settings = settings(
    max_examples=80,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
