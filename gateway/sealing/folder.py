"""A dossier opened for as long as its use: document, numbers, payloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.identifiers import AgencyId, PayloadId
from gateway.domain.json_text import as_json, of_json
from gateway.domain.report import Reference
from gateway.domain.text import normal_number
from gateway.ports.store import BlindReference, DossierRow
from gateway.sealing.viewing import MaskedKey, hides, is_masked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.ports.vault import DossierKey, SealedPayload
    from gateway.sealing.tools import Tools

SIGNED = "signed"
CONTENT = "content"
DOCUMENT = "document"
#: A message that is passed on as it came.
RELAYED_BODY = "relayed"


class Folder:
    """One dossier with its key open."""

    def __init__(self, tools: Tools, row: DossierRow, key: DossierKey) -> None:
        """Hold what is needed to open the dossier's parts."""
        self._tools = tools
        self.row = row
        self.key = key

    @classmethod
    def of(cls, tools: Tools, row: DossierRow) -> Folder:
        """The folder of a stored dossier; masked for a reader who is not to see it."""
        return cls._of(tools, row, masked=hides(row.case.dossier_id))

    @classmethod
    def shown(cls, tools: Tools, row: DossierRow) -> Folder:
        """The same, to be shown: masked also where the request acts as well."""
        return cls._of(tools, row, masked=is_masked(row.case.dossier_id))

    @classmethod
    def _of(cls, tools: Tools, row: DossierRow, *, masked: bool) -> Folder:
        case = row.case
        key = tools.vault.key(case.dossier_id, case.unit, row.wrapped_key)
        return cls(tools, row, MaskedKey(key) if masked else key)

    async def document(self, revision: int) -> dict[str, Any]:
        """The canonical document of a revision; empty when it was deleted."""
        return self.opened_document(
            await self._tools.store.document(self.row.case.dossier_id, revision)
        )

    def opened_document(self, sealed: SealedPayload | None) -> dict[str, Any]:
        """The same of one that was read already."""
        if sealed is None:
            return {}
        document: dict[str, Any] = of_json(self.key.open(sealed))
        return document

    async def for_rules(self, revision: int) -> dict[str, Any]:
        """The document as it is, for rules that tell places and never values."""
        sealed = await self._tools.store.document(self.row.case.dossier_id, revision)
        key = self.key.bare if isinstance(self.key, MaskedKey) else self.key
        return of_json(key.open(sealed)) if sealed else {}

    async def references(self) -> tuple[Reference, ...]:
        """All numbers by which systems know the dossier."""
        return self.opened_references(
            await self._tools.store.references(self.row.case.dossier_id)
        )

    def opened_references(
        self, rows: Iterable[BlindReference]
    ) -> tuple[Reference, ...]:
        """The same of those that were read already."""
        return tuple(
            Reference(
                row.agency,
                row.kind,
                self.key.open_value(f"{row.agency}.{row.kind}", row.sealed_value),
            )
            for row in rows
        )

    async def payload(self, payload_id: PayloadId) -> tuple[str, bytes] | None:
        """Kind and plain bytes of a payload; None when it was deleted."""
        found = (await self._tools.store.payloads([payload_id])).get(payload_id)
        return None if found is None else (found.kind, await self.opened(found))

    async def opened(self, sealed: SealedPayload) -> bytes:
        """Plain bytes of a payload that was read already."""
        if isinstance(self.key, MaskedKey):
            case = self.row.case
            self.key.learn(
                await self._tools.store.document(case.dossier_id, case.revision)
            )
        return self.key.open(sealed)

    def seal_json(self, kind: str, content: Any) -> SealedPayload:
        """Seal a JSON value as a payload of this dossier."""
        return seal_json(self._tools, self.key, kind, content)

    def seal_bytes(self, kind: str, plain: bytes) -> SealedPayload:
        """Seal exact bytes as a payload of this dossier."""
        return self.key.seal(PayloadId(self._tools.chance.identifier("p")), kind, plain)

    def reference(
        self, agency: AgencyId, kind: str, value: str, *, unique: str = ""
    ) -> BlindReference:
        """A number to be remembered; ``unique`` widens a number that others may repeat."""
        return blind_reference(
            self._tools, self.key, agency, kind, value, unique=unique
        )


def seal_json(tools: Tools, key: DossierKey, kind: str, content: Any) -> SealedPayload:
    """Seal a JSON value under a dossier's key."""
    return key.seal(PayloadId(tools.chance.identifier("p")), kind, as_json(content))


def blind_reference(
    tools: Tools,
    key: DossierKey,
    agency: AgencyId,
    kind: str,
    value: str,
    *,
    unique: str = "",
) -> BlindReference:
    """A number as the store keeps it: blind for search, sealed for reading."""
    return BlindReference(
        agency=agency,
        kind=kind,
        blind=blind_number(tools, f"{unique}|{value}" if unique else value),
        sealed_value=key.seal_value(f"{agency}.{kind}", value),
    )


def blind_number(tools: Tools, value: str) -> bytes:
    """Keyed hash of a number as people and systems write it."""
    return tools.vault.blind("number", normal_number(value))


def blind_word(tools: Tools, word: str) -> bytes:
    """Keyed hash of a folded word, phone or parcel."""
    return tools.vault.blind("word", word)
