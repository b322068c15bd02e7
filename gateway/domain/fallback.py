"""An entry that takes the messages of another one of its agency, for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.identifiers import OfficeId


@dataclass(frozen=True, slots=True)
class Fallback:
    """One time that an entry stood in, and who decided it.

    ``why`` is no place for names: it is kept with the lane's own words.
    """

    id: str
    office: OfficeId
    #: whose messages it takes
    stands: OfficeId
    #: the entry that takes them
    since: datetime
    by: str
    why: str
    over_at: datetime | None = None
