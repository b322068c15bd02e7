"""One act on many transfers: what was selected, how far it is, how it ended; pure.

A job's items are frozen when it is asked. ``asked = queued + skipped``, and at any
moment ``queued = done + failed + stopped + left``: nothing drops out unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.domain.identifiers import (
    AgencyId,
    DossierId,
    MessageKind,
    OfficeId,
    PayloadId,
    PrincipalId,
    TransferId,
)
from gateway.domain.principal import Scope
from gateway.domain.transfer import Action, Fate, State, Transfer
from gateway.domain.values import dataclass

#: Items per second, unless the job says otherwise, and at most.
PER_SECOND = 50
MOST_PER_SECOND = 1_000
#: A second's items are done in so many parts, so that no second holds many more.
_PARTS = 4
#: States in which something can be done with a transfer.
SELECTABLE = frozenset({State.WAITING, State.DUE, State.PARKED, State.UNCONFIRMED})
_STILL = frozenset({State.PARKED, State.UNCONFIRMED})


class JobState(StrEnum):
    """How far a job is."""

    COLLECTING = "collecting"
    #: its selection is being written down
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    #: what was left is being marked as stopped
    STOPPED = "stopped"
    ENDED = "ended"


#: States in which a runner has something to do.
ACTIVE = frozenset({JobState.COLLECTING, JobState.RUNNING, JobState.STOPPING})
OVER = frozenset({JobState.STOPPED, JobState.ENDED})


class Steer(StrEnum):
    """What a person does with a job."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


class Outcome(StrEnum):
    """What became of an item."""

    LEFT = "left"
    #: still to be done
    DONE = "done"
    #: the act was carried out, and is durable
    FAILED = "failed"
    STOPPED = "stopped"
    SKIPPED = "skipped"
    #: the act was not possible when the job was asked


@dataclass(frozen=True, slots=True)
class Selection:
    """Which transfers a job is about; None: whatever it is.

    ``still_before``: standing still since before that moment.
    """

    states: tuple[State, ...]
    office: OfficeId | None = None
    agency: AgencyId | None = None
    kind: MessageKind | None = None
    cause: str | None = None
    still_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A transfer as it stood when it was selected; ``position``: in order of creation."""

    position: int
    transfer_id: TransferId
    dossier_id: DossierId
    office: OfficeId
    kind: MessageKind
    state: State
    fate: Fate
    cause: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class ItemKey:
    """Names one item of one job."""

    job: str
    position: int


@dataclass(frozen=True, slots=True)
class Item:
    """One transfer of a job; ``code``: why it failed or was skipped."""

    key: ItemKey
    transfer_id: TransferId
    dossier_id: DossierId
    state: State
    #: as selected, like fate and attempts
    fate: Fate
    attempts: int
    outcome: Outcome
    code: str = ""
    at: datetime | None = None
    #: when it got its outcome


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items; ``asked`` and ``skipped`` are kept, the others are counted."""

    asked: int = 0
    skipped: int = 0
    left: int = 0
    done: int = 0
    failed: int = 0
    stopped: int = 0

    @property
    def queued(self) -> int:
        """What was to be done of what was asked."""
        return self.asked - self.skipped

    @property
    def add_up(self) -> bool:
        """Whether every queued item is done, failed, stopped or left."""
        return self.queued == self.done + self.failed + self.stopped + self.left


@dataclass(frozen=True, slots=True)
class Job:
    """One act on many transfers, and who asked for it."""

    id: str
    state: JobState
    action: Action
    selection: Selection
    actor: PrincipalId
    scope: Scope
    reason: PayloadId
    #: sealed: typed by a person
    asked_at: datetime
    per_second: int = PER_SECOND
    key: bytes | None = None
    #: keyed hash of the caller's own key; the same again makes no second job
    fingerprint: bytes = b""
    #: of what was asked under that key
    bound: int = 0
    #: position of the newest transfer when it was asked
    cursor: str = ""
    #: how far the selection was written down
    complete: bool = False
    #: whether the whole selection is written down
    ended_at: datetime | None = None
    counts: Counts = Counts()


def plain(selection: Selection) -> dict[str, Any]:
    """A selection as JSON values, as it was given; nothing of it is personal."""
    before = selection.still_before
    given = {
        "office": selection.office,
        "agency": selection.agency,
        "kind": selection.kind,
        "cause": selection.cause,
        "still_before": before.isoformat() if before else None,
    }
    states = [state.value for state in selection.states]
    return {"states": states, **{k: v for k, v in given.items() if v is not None}}


def counted(asked: int, skipped: int, found: Mapping[str, int]) -> Counts:
    """Counts of a job from its items' outcomes."""
    return Counts(
        asked=asked,
        skipped=skipped,
        left=found.get(Outcome.LEFT, 0),
        done=found.get(Outcome.DONE, 0),
        failed=found.get(Outcome.FAILED, 0),
        stopped=found.get(Outcome.STOPPED, 0),
    )


def steered(state: JobState, steer: Steer, *, complete: bool) -> JobState | None:
    """The state after a person's act; None: it is not possible then."""
    match steer:
        case Steer.PAUSE:
            pausable = state in {JobState.COLLECTING, JobState.RUNNING}
            return JobState.PAUSED if pausable else None
        case Steer.RESUME:
            if state is not JobState.PAUSED:
                return None
            return JobState.RUNNING if complete else JobState.COLLECTING
        case Steer.STOP:
            over = state in OVER or state is JobState.STOPPING
            return None if over else JobState.STOPPING


def share(per_second: int) -> tuple[int, float]:
    """How many items at once, and the seconds until the next ones."""
    count = max(1, per_second // _PARTS)
    return count, count / per_second


def stands_as_selected(item: Item, transfer: Transfer) -> bool:
    """Whether nobody has moved the transfer since it was selected.

    One that stood still and was sent meanwhile is another matter, even if it stands
    still again: what the person knew was about the sending before.
    """
    same = (item.state, item.fate) == (transfer.state, transfer.fate)
    return same and (item.state not in _STILL or item.attempts == transfer.attempts)


#: Why an item was skipped or failed, and what is to be done.
ITEM_WORDS: Mapping[str, tuple[str, str]] = {
    "state_excludes_action": (
        "Trạng thái của lượt gửi không cho phép thao tác này",
        "Mở lượt gửi, chọn thao tác phù hợp với trạng thái.",
    ),
    "fate_excludes_action": (
        "Không làm được vì điều đã biết về thông điệp: đã rời cổng hay chưa",
        "Mở lượt gửi; nếu chưa rõ cơ quan đã nhận hay chưa thì gọi cơ quan trước.",
    ),
    "moved_meanwhile": (
        "Lượt gửi đã đổi trạng thái sau khi được chọn, không làm gì với lượt này",
        "Xem lượt gửi hiện nay; nếu còn đứng yên thì làm riêng hoặc lập việc mới.",
    ),
    "changed_meanwhile": (
        "Hồ sơ liên tục thay đổi trong lúc làm, không làm gì với lượt này",
        "Xem lượt gửi rồi làm riêng.",
    ),
    "dossier_unknown": (
        "Không còn lượt gửi này trong phạm vi của người lập việc",
        "Báo quản trị kiểm tra phạm vi của tài khoản.",
    ),
}
