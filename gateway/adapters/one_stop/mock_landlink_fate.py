"""What is known of a message once it was sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Fate(Enum):
    """What is known after an answer, or after none."""

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer says: a fate, and the name of the rule that knew it."""

    fate: Fate
    rule: str
