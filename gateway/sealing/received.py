"""Text as it came, kept beside what it was turned into."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.domain.identifiers import PayloadId
from gateway.domain.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.domain.case import Case
    from gateway.ports.vault import SealedPayload
    from gateway.sealing.folder import Folder

AS_RECEIVED = "as_received"


def with_received(case: Case, sealed: Iterable[SealedPayload]) -> Case:
    """The case that names what its present revision was before it was turned."""
    facts = {f"{AS_RECEIVED}:{case.revision}": str(one.id) for one in sealed}
    return replace(case, facts={**case.facts, **facts}) if facts else case


async def as_received(folder: Folder) -> dict[str, str]:
    """Pointer → text as it came, of all that was turned in the present revision."""
    case = folder.row.case
    name = case.facts.get(f"{AS_RECEIVED}:{case.revision}")
    kept = await folder.payload(PayloadId(name)) if name else None
    if kept is None:
        return {}
    found: dict[str, str] = json.loads(kept[1])
    return found
