"""Words that stand in the path of a call, and nothing else does, by operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.api.lanes import SEVERAL, STATES
from gateway.domain.bulk import Steer
from gateway.domain.transfer import Action
from gateway.ports.desk import Act

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Operation → name in its path and what it can be.
WORDS: Mapping[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("post", "/v1/lanes/{what}"): ("what", tuple(SEVERAL)),
    ("post", "/v1/lanes/{office}/{what}"): ("what", tuple(STATES)),
    ("post", "/v1/bulk-jobs/{identifier}/{what}"): ("what", tuple(map(str, Steer))),
    ("post", "/v1/transfers/{identifier}/{action}"): (
        "action",
        tuple(map(str, Action)),
    ),
    ("post", "/v1/work/{office}/{item}/{act}"): ("act", tuple(map(str, Act))),
}
