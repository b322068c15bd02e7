"""What a dossier can be found by: name words, phone, papers, customer, parcels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.encodings import convert, detect
from gateway.domain.old_letters import Encoding
from gateway.domain.text import bare_number, normal_number, normal_phone, words
from gateway.sealing.folder import blind_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.sealing.tools import Tools

#: Digits of a telephone number, at least.
_PHONE = 8
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
            yield from _number(str(number))
        if person.get("phone"):
            yield normal_phone(str(person["phone"]))
    serial = (document.get("certificate") or {}).get("serial")
    if serial:
        yield from _number(str(serial))
    for company, code in _CUSTOMER_CODES:
        customer = (document.get(company) or {}).get(code)
        if customer:
            yield from _number(str(customer))
    for parcel in document.get("parcels", ()):
        yield parcel_word(parcel, document)


def _number(text: str) -> Iterable[str]:
    """A number as it was written, and without what people part it by."""
    yield normal_number(text)
    yield bare_number(text)


def quoted_words(tools: Tools, numbers: Iterable[str]) -> tuple[bytes, ...]:
    """Entries of numbers that people quote and that are no key; empty ones are none."""
    forms = [form for one in numbers if one for form in _number(one)]
    return tuple(blind_word(tools, form) for form in dict.fromkeys(forms))


def asked_words(tools: Tools, text: str) -> list[list[bytes]]:
    """What somebody looks for, as the entries that it may stand under, in order.

    Of each list all must stand there: words of a name, else a number in one form.
    Who copies a name from an old system copies its old letters.
    """
    text = convert(text, detect(text) or Encoding.UNICODE)
    numbers = [normal_number(text), bare_number(text)]
    phone = normal_phone(text)
    numbers += [phone] if len(phone) >= _PHONE else []
    asked = [list(words(text)), *([one] for one in dict.fromkeys(numbers) if one)]
    return [[blind_word(tools, word) for word in one] for one in asked if one]


def parcel_word(parcel: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """A parcel as one word: commune, sheet and number; a parcel alone is no key."""
    commune = parcel.get("commune") or (document.get("area") or {}).get("commune", "")
    return f"{commune}/{parcel.get('sheet', '')}/{parcel.get('number', '')}".casefold()
