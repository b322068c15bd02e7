"""What a dossier can be found by: name words, phone, papers, customer, parcels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.text import normal_number, normal_phone, words
from gateway.sealing.folder import blind_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.sealing.tools import Tools

#: Block of a document → what a company calls its customer by.
_CUSTOMER_CODES = (("electricity", "customer_code"), ("water", "customer_number"))


def search_words(tools: Tools, document: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Blind index entries of a document, each once."""
    return tuple(
        blind_word(tools, word) for word in dict.fromkeys(_plain_words(document))
    )


def _plain_words(document: Mapping[str, Any]) -> Iterable[str]:
    people = [document.get("applicant") or {}, *document.get("owners", ())]
    for person in people:
        yield from words(str(person.get("name", "")))
        number = (person.get("identity") or {}).get("number")
        if number:
            yield normal_number(str(number))
        if person.get("phone"):
            yield normal_phone(str(person["phone"]))
    serial = (document.get("certificate") or {}).get("serial")
    if serial:
        yield normal_number(str(serial))
    for company, code in _CUSTOMER_CODES:
        customer = (document.get(company) or {}).get(code)
        if customer:
            yield normal_number(str(customer))
    for parcel in document.get("parcels", ()):
        yield parcel_word(parcel, document)


def parcel_word(parcel: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """A parcel as one word: commune, sheet and number; a parcel alone is no key."""
    commune = parcel.get("commune") or (document.get("area") or {}).get("commune", "")
    return f"{commune}/{parcel.get('sheet', '')}/{parcel.get('number', '')}".casefold()
