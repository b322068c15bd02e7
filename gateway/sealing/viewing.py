"""Who looks at a dossier, and whether its people are shown to them.

The people of a dossier lie sealed under its key. Here the key itself is masked for
whoever is not to see them: whatever a page, an answer, a paper or a file opens with
it comes out masked, so that nobody who writes one can forget.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.domain.audit import UNMASKED
from gateway.domain.errors import NotAllowed
from gateway.domain.identifiers import PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import as_json
from gateway.domain.legal_day import VIETNAM
from gateway.domain.masking import (
    MASK,
    mask_file,
    masked_changes,
    masked_content,
    masked_document,
    personal_values,
)
from gateway.domain.principal import may_unmask, sees_people

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gateway.domain.identifiers import DossierId
    from gateway.domain.principal import Principal
    from gateway.ports.attachments import StoredAttachment
    from gateway.ports.store import DossierRow
    from gateway.ports.vault import DossierKey, SealedPayload
    from gateway.sealing.tools import Tools

#: How long one dossier's people are shown to who said why.
SHOWN_FOR = timedelta(minutes=30)
DOCUMENT, RECEIVED, CORRECTION, RESPONSE = (
    "document",
    "as_received",
    "correction",
    "response",
)
HIDDEN = "(được che: mở dữ liệu cá nhân của hồ sơ để xem nguyên văn)"
ASK_FIRST = (
    "Nội dung này có dữ liệu cá nhân: mở hồ sơ, bấm «Xem dữ liệu cá nhân», ghi lý do rồi"
    " làm lại. Vai chỉ xem không mở được."
)


@dataclass(frozen=True, slots=True)
class Viewing:
    """Somebody to whom people are masked, and the dossiers of which they are shown."""

    who: str
    shown: Mapping[DossierId, datetime]


_viewing: ContextVar[Viewing | None] = ContextVar("viewing", default=None)
_acting: ContextVar[bool] = ContextVar("acting", default=False)


async def look_as(tools: Tools, principal: Principal, *, acting: bool = False) -> None:
    """Let all that this request still opens be as the principal may see it.

    ``acting``: it changes something, for which documents are opened whole; only what
    is opened to be shown is masked then.
    """
    _acting.set(acting)
    if sees_people(principal):
        _viewing.set(None)
        return
    found = await tools.audit.unmasked(principal.id, tools.clock.now())
    _viewing.set(Viewing(principal.id, found if may_unmask(principal) else {}))


def _masked() -> NotAllowed:
    return NotAllowed(code="personal_data_masked", remedy=ASK_FIRST)


def is_masked(dossier_id: DossierId) -> bool:
    """Whether this request's caller sees the people of a dossier masked."""
    viewing = _viewing.get()
    return viewing is not None and dossier_id not in viewing.shown


def hides(dossier_id: DossierId) -> bool:
    """The same of whatever a request opens; one that acts works on what is there."""
    return is_masked(dossier_id) and not _acting.get()


def shown_until(dossier_id: DossierId) -> datetime | None:
    """Until when the caller sees what is masked otherwise; None: it is not so."""
    viewing = _viewing.get()
    return viewing.shown.get(dossier_id) if viewing is not None else None


def must_see(dossier_id: DossierId) -> None:
    """Refuse what cannot be shown in part, such as a file.

    Raises:
        NotAllowed: the caller sees the people of the dossier masked.
    """
    if is_masked(dossier_id):
        raise _masked()


async def must_see_to_act(
    tools: Tools, principal: Principal, dossier_id: DossierId
) -> None:
    """Refuse an act on content that the principal sees masked.

    Raises:
        NotAllowed: they have not asked to see it.
    """
    if sees_people(principal):
        return
    found = await tools.audit.unmasked(principal.id, tools.clock.now())
    if not may_unmask(principal) or dossier_id not in found:
        raise _masked()


async def unmask(
    tools: Tools, principal: Principal, row: DossierRow, reason: str
) -> datetime:
    """Show a dossier's people to somebody for a while; until when. Kept in the journal.

    Raises:
        NotAllowed: their role sees none.
    """
    if not may_unmask(principal):
        raise NotAllowed
    now = tools.clock.now()
    until = now + SHOWN_FOR
    identifier = row.case.dossier_id
    key = tools.vault.key(identifier, row.case.unit, row.wrapped_key)
    name = tools.chance.identifier("p")
    sealed = key.seal(PayloadId(name), "reason", as_json({"reason": reason}))
    told = until.astimezone(VIETNAM).strftime("%H:%M ngày %d/%m/%Y")
    facts = {"dossier": identifier, "until": until.isoformat(), "until_words": told}
    line = JournalLine(UNMASKED, now, principal.id, facts, sealed.id, sealed.digest)
    await tools.audit.unmask(principal.id, identifier, until, sealed, line)
    tools.probe.action(action=UNMASKED, actor=principal.id, dossier_id=identifier)
    return until


class MaskedKey:
    """A dossier's key through which its people are seen masked, and no file opened."""

    def __init__(self, bare: DossierKey) -> None:
        """Stand before a key."""
        self.bare = bare
        self._known: dict[str, str] = {}

    @property
    def wrapped(self) -> bytes:
        """What the dossier's row keeps."""
        return self.bare.wrapped

    def learn(self, sealed: SealedPayload | None) -> None:
        """Know the people of a document, so that sentences can be read without them."""
        if sealed is not None and not self._known:
            self._known = personal_values(json.loads(self.bare.open(sealed)))

    def open(self, sealed: SealedPayload) -> bytes:
        """What was sealed, masked by its kind; of what is no JSON nothing."""
        if sealed.kind == RESPONSE:
            return HIDDEN.encode()
        try:
            content = json.loads(self.bare.open(sealed))
        except ValueError:
            return b""
        return as_json(self._masked(sealed, content))

    def _masked(self, sealed: SealedPayload, content: Any) -> Any:
        if sealed.kind == DOCUMENT:
            self.learn(sealed)
            return masked_document(content)
        if sealed.kind == RECEIVED:
            return dict.fromkeys(content, MASK)
        if sealed.kind == CORRECTION:
            changes = masked_changes(content.get("changes", {}))
            return {**masked_content(content, self._known), "changes": changes}
        return masked_content(content, self._known)

    def open_value(self, name: str, sealed: bytes) -> str:
        """A number as it is; of a file its kind alone."""
        plain = self.bare.open_value(name, sealed)
        return mask_file(plain) if name == "file" else plain

    def seal(
        self,
        payload_id: PayloadId,  # noqa: ARG002  as the port has it
        kind: str,  # noqa: ARG002
        plain: bytes,  # noqa: ARG002
    ) -> SealedPayload:
        """Never: what was read masked would be kept for what is.

        Raises:
            NotAllowed: always.
        """
        raise _masked()

    def seal_value(self, name: str, plain: str) -> bytes:  # noqa: ARG002  the same
        """Never, for the same reason.

        Raises:
            NotAllowed: always.
        """
        raise _masked()

    def file_key(self, stored: StoredAttachment) -> bytes:  # noqa: ARG002  the same
        """Never: nobody knows who is on it.

        Raises:
            NotAllowed: always.
        """
        raise _masked()

    def take(self, stored: StoredAttachment) -> StoredAttachment:  # noqa: ARG002  the same
        """Never, for the same reason.

        Raises:
            NotAllowed: always.
        """
        raise _masked()
