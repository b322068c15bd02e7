"""Where a piece of work stands in a W3C trace; identifiers follow from our own.

One trace is one dossier: the caller's, if it gave one with the dossier, else one that
the dossier's identifier determines. So nothing has to be kept for it, on any node.
"""

from __future__ import annotations

import hashlib
import re
from contextvars import ContextVar
from typing import TYPE_CHECKING

from gateway.domain.values import dataclass, replace

if TYPE_CHECKING:
    from gateway.domain.case import Case
    from gateway.domain.transfer import Transfer

#: Fact of a dossier: the context in which its one-stop handed it in.
FACT = "traceparent"
#: The context that a caller gave with the call that is being served.
CALLER: ContextVar[str] = ContextVar("caller", default="")
_SHAPE = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_SAMPLED = 0x01


@dataclass(frozen=True, slots=True)
class Place:
    """One span's place: its own context, and the span that it belongs to."""

    trace_id: str
    span_id: str
    parent_id: str = ""
    #: empty: the trace begins with it
    sampled: bool = True

    @property
    def traceparent(self) -> str:
        """The context as it is sent on."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"

    def below(self, name: str) -> Place:
        """The place of something that follows from it; ``name`` is nothing else's."""
        return Place(self.trace_id, _digest(name)[:16], self.span_id, self.sampled)

    @property
    def facts(self) -> dict[str, str]:
        """For a log line and whoever makes spans of them."""
        return {"traceparent": self.traceparent, "parent_id": self.parent_id}


def read(traceparent: str) -> Place | None:
    """A context as it was sent to us; None for anything else."""
    found = _SHAPE.fullmatch(traceparent)
    if found is None or not int(found[1], 16) or not int(found[2], 16):
        return None
    return Place(found[1], found[2], sampled=bool(int(found[3], 16) & _SAMPLED))


def with_caller(case: Case) -> Case:
    """The dossier, keeping in which context the call was that hands it in."""
    caller = CALLER.get()
    if read(caller) is None:
        return case
    return replace(case, facts={**case.facts, FACT: caller})


def of_dossier(case: Case) -> Place:
    """The place of a dossier's intake, to which everything of it belongs."""
    span = _digest(case.dossier_id)
    caller = read(str(case.facts.get(FACT, "")))
    if caller is None:
        return Place(_digest(f"trace of {case.dossier_id}")[:32], span[:16])
    return Place(caller.trace_id, span[:16], caller.span_id, caller.sampled)


def of_attempt(case: Case, transfer: Transfer) -> Place:
    """The place of an attempt at a transfer."""
    return of_dossier(case).below(f"{transfer.id}:{transfer.attempts}")


def of_enquiry(case: Case, transfer: Transfer) -> Place:
    """The place of a question what became of it."""
    return of_attempt(case, transfer).below(f"{transfer.id}?{transfer.enquiries}")


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
