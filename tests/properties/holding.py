"""What has to be true of transfers after every step, whatever the step was."""

from __future__ import annotations

from collections import defaultdict

from gateway.domain.identifiers import TransferId
from gateway.domain.transfer import CLOSED, Fate, NewTransfer, State, Transfer

ACTIVE = frozenset({State.DUE, State.SENDING, State.UNCONFIRMED})
#: What has come to these changes no more.
SETTLED = frozenset({State.REFUSED, State.CANCELLED, State.WITHDRAWN})
#: About to be sent, or being sent.
LEAVING = frozenset({State.DUE, State.SENDING})


class Holding:
    """Transfers as they were, and what steps said of them."""

    def __init__(self) -> None:
        self.new: dict[TransferId, NewTransfer] = {}
        self.last: dict[str, Transfer] = {}
        #: Steps said that these may be sent again though they may have left.
        self.said_due: set[TransferId] = set()
        #: Agencies have these; nobody may send them any more.
        self.delivered: set[TransferId] = set()
        #: Were parked at some time, while others may have passed them.
        self.parked: set[TransferId] = set()

    def is_claimed(self, one: Transfer) -> None:
        """A claim took it: it was due, and may be sent."""
        before = self.last[one.id]
        assert before.state is State.DUE
        assert before.fate is not Fate.AGENCY_HAS_IT
        assert one.id not in self.delivered, "a delivered one is never sent again"
        assert one.attempts == before.attempts + 1
        assert before.fate is Fate.NOT_LEFT or one.id in self.said_due
        self.said_due.discard(one.id)

    def look(self, transfers: dict[str, Transfer]) -> None:
        """All transfers after a step."""
        assert set(transfers) == set(self.new), "one vanished"
        conversations: dict[tuple[str, str], list[Transfer]] = defaultdict(list)
        for one in transfers.values():
            conversations[one.dossier_id, one.conversation].append(one)
            self._one(one)
        for rows in conversations.values():
            self._conversation(sorted(rows, key=lambda row: row.position))
        self.last = transfers

    def _one(self, one: Transfer) -> None:
        before = self.last.get(one.id)
        if before is not None and before.state in SETTLED:
            assert one == before, "what is settled changes no more"
        overtaken = one.named_by in self.new and one.conversation != "status"
        if overtaken:
            assert one.fate is Fate.NOT_LEFT, "what may have left was overtaken"
        if before is not None and before.fate is Fate.AGENCY_HAS_IT:
            assert one.fate is Fate.AGENCY_HAS_IT, "what an agency has, it has"
        if one.state is State.DUE and one.fate is Fate.MAY_HAVE_LEFT:
            assert one.id in self.said_due, "nobody said that it may be sent again"
        assert one.state is not State.DUE or one.fate is not Fate.AGENCY_HAS_IT
        assert (one.state is State.CANCELLED) <= bool(one.named_by)
        assert (one.state in CLOSED) == (one.finished_at is not None)
        assert (one.state is State.DUE) == (one.due_at is not None)
        assert (one.state is State.SENDING) == (one.lease_until is not None)
        assert (one.state is State.UNCONFIRMED) == (one.ask_at is not None)
        assert (one.attempts > 0) == (one.first_sent_at is not None)
        if one.state is State.PARKED:
            self.parked.add(one.id)
        if one.state in {State.DELIVERED, State.ANSWERED}:
            assert one.fate is Fate.AGENCY_HAS_IT
            self.delivered.add(one.id)

    def _conversation(self, rows: list[Transfer]) -> None:
        assert [row.position for row in rows] == list(range(1, len(rows) + 1))
        positions = {row.id: row.position for row in rows}
        for row in rows:
            # Who overtook came later, and what it cancelled is not on its way.
            by = positions.get(TransferId(row.named_by or ""), row.position + 1)
            assert by > row.position
        active = [row for row in rows if row.state in ACTIVE]
        assert len(active) <= 1, "one head"
        parked = [row for row in rows if row.state is State.PARKED]
        waiting = [row for row in rows if row.state is State.WAITING]
        if waiting and not active:
            assert parked, "an orphan waits behind nothing"
            assert rows[0].conversation != "status", "a status is held by a parked one"
        for row in active:
            was = self.last.get(row.id)
            leaves = row.state in LEAVING and (was is None or was.state not in LEAVING)
            for before in rows[: row.position - 1]:
                assert before.state not in ACTIVE
                if leaves:
                    self._may_be_passed(before, row, parked)

    def _may_be_passed(
        self, before: Transfer, by: Transfer, parked: list[Transfer]
    ) -> None:
        """Of whom has not closed nobody holds the one behind, or is held up himself."""
        if before.state is State.PARKED:
            assert not self._holds(before, by), "order is broken"
        elif before.state is State.WAITING and before.id not in self.parked:
            held = [
                one
                for one in parked
                if one.position < before.position and self._holds(one, before)
            ]
            assert held, "order is broken"

    def _holds(self, parked: Transfer, behind: Transfer) -> bool:
        """Whether a parked one keeps back one that came later."""
        new = self.new[behind.id]
        if parked.kind in new.overtakes:
            return False
        return new.dependent or not (parked.cause or "").startswith("predecessor_")
