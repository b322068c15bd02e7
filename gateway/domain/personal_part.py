"""What a document holds of one person, with everybody else in it masked."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from gateway.domain.masking import masked_document
from gateway.domain.text import bare_number
from gateway.domain.values import dataclass

#: Parts of a document that are about its applicant.
_OF_APPLICANT = ("parcels", "certificate", "area")


@dataclass(frozen=True, slots=True)
class Sought:
    """Who asks for what is kept of them: by a paper's number, or by name and birthday."""

    identity: str = ""
    name: str = ""
    birth: str = ""

    def is_in(self, person: Mapping[str, Any]) -> bool:
        """Whether a person of a document is the one; of several of a name by the day."""
        number = (person.get("identity") or {}).get("number")
        if self.identity:
            return bool(number) and bare_number(str(number)) == bare_number(
                self.identity
            )
        named = _folded(str(person.get("name", ""))) == _folded(self.name)
        return bool(self.name and self.birth) and (
            named and person.get("birth") == self.birth
        )


def part_of(document: Mapping[str, Any], sought: Sought) -> dict[str, Any] | None:
    """The document as the person may have it; None: they are not in it."""
    applicant, owners = document.get("applicant") or {}, document.get("owners") or []
    own = [one for one in owners if sought.is_in(one)]
    applies = sought.is_in(applicant)
    if not applies and not own:
        return None
    shown = masked_document(document)
    if applies:
        shown["applicant"] = applicant
        shown |= {name: document[name] for name in _OF_APPLICANT if name in document}
    if owners:
        shown["owners"] = [
            one if sought.is_in(one) else masked
            for one, masked in zip(owners, shown["owners"], strict=True)
        ]
    return shown


def paths_in(document: Mapping[str, Any], paths: tuple[str, ...]) -> list[str]:
    """Those of a leg's paths at which the document has anything."""
    return [path for path in paths if _has(document, path.split("."))]


def _has(value: Any, path: list[str]) -> bool:
    if isinstance(value, list):
        return any(_has(one, path) for one in value)
    if not path:
        return value is not None
    return (
        isinstance(value, Mapping)
        and path[0] in value
        and _has(value[path[0]], path[1:])
    )


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
