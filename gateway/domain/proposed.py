"""A configuration that waits for its second person, since it moves destinations."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.domain.identifiers import PrincipalId
from gateway.domain.principal import Principal, Right, may
from gateway.domain.values import dataclass

#: A line of the journal about one.
LINE = "configuration_proposed"


class ProposedState(StrEnum):
    """How far it is."""

    OPEN = "open"
    APPROVED = "approved"
    #: and in the same unit it became the version that runs
    REJECTED = "rejected"
    OVERTAKEN = "overtaken"
    #: another one ran meanwhile


@dataclass(frozen=True, slots=True)
class ProposedConfiguration:
    """One, with its content; ``base`` is the version that ran when it was proposed.

    ``again``: the earlier version that it is taken from. ``told_at`` and ``effect_at``:
    since when the head knows that nobody else can approve it, and when it takes effect.
    """

    id: str
    base: int
    content: dict[str, Any]
    by: PrincipalId
    at: datetime
    why: str
    again: int | None = None
    state: ProposedState = ProposedState.OPEN
    decided_by: str = ""
    decided_at: datetime | None = None
    told_at: datetime | None = None
    effect_at: datetime | None = None


def may_decide_on(principal: Principal) -> bool:
    """Whether somebody sees what waits, and may refuse it."""
    has = may(principal, Right.CONFIGURE) or may(principal, Right.DECIDE)
    return has and not principal.scope.offices


def may_confirm(principal: Principal, asked_by: PrincipalId) -> bool:
    """Whether somebody may put in force what ``asked_by`` proposed: never one's own."""
    return may_decide_on(principal) and principal.id != asked_by
