"""How personal data looks to people who are not to see it: enough to compare, no more.

Whoever reads a masked document finds what has no person in it as it is; everything
else is masked by its kind, and what no rule knows is masked whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

MASK = "•••"
#: Digits of a number that stay: enough to tell two of one person apart on the telephone.
LAST = 3
#: Numbers that no sentence of an office holds but a person's: 9 digits and more.
_LONG_NUMBER = re.compile(r"(?<![\w/.-])(?:\+?84|0)?\d(?:[ .]?\d){8,14}(?![\w/-])")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_DATE = re.compile(r"\d{4}-\d{2}(?:-\d{2})?(?:T.*)?")
#: Parts of a document without anything personal.
_WHOLE = frozenset(
    {
        *("number", "linked_number", "procedure", "case", "round", "revision"),
        *("idempotency_key", "encoding", "received_at", "due_on", "units"),
    }
)
#: Fields that are codes, wherever they stand.
_CODES = frozenset(
    {
        *("kind", "commune", "as_of", "media_type", "size", "originals", "copies"),
        *("phases", "household", "power_kw", "request", "part", "attachment"),
    }
)
#: Fields that whoever reads them takes for an amount, and which are left out instead.
_AMOUNTS = frozenset({"price", "area_m2"})
_SPACES = r"\s+"
#: Least letters of a value that is looked for in sentences.
_LEAST = 4


def mask_name(text: str) -> str:
    """``Nguyễn Văn Thử`` → ``N••• V••• T•••``."""
    return " ".join(f"{word[0]}{MASK}" for word in text.split()) or MASK


def mask_number(text: str) -> str:
    """The last digits of a telephone, a paper or an account."""
    plain = [one for one in text if one.isalnum()]
    if len(plain) < 2 * LAST:
        return MASK
    return f"{MASK}{''.join(plain[-LAST:])}"


def mask_mail(text: str) -> str:
    """``nguyen@vidu.vn`` → ``n•••@•••``."""
    return f"{text[:1]}{MASK}@{MASK}" if "@" in text else MASK


def mask_birth(text: str) -> str:
    """The year alone."""
    return text[:4] if text[:4].isdigit() else MASK


def mask_file(text: str) -> str:
    """What kind of file it is; people put names into names of files."""
    ending = re.search(r"\.[A-Za-z0-9]{1,5}$", text)
    return f"tep-{MASK}{ending[0] if ending else ''}"


_BY_FIELD: Mapping[str, Callable[[str], str]] = {
    "name": mask_name,
    "customer": mask_name,
    "authorised": mask_name,
    "notary": mask_name,
    "payer": mask_name,
    "phone": mask_number,
    "customer_code": mask_number,
    "customer_number": mask_number,
    "account": mask_number,
    "account_number": mask_number,
    "serial": mask_number,
    "email": mask_mail,
    "birth": mask_birth,
}
#: Fields of what offices and people write that hold sentences.
_SENTENCES = frozenset(
    {"note", "reason", "said", "paper", "text", "words", "comment", "content"}
)


def masked_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """A dossier's document without its people."""
    return {
        name: value if name in _WHOLE else _masked((name,), value)
        for name, value in document.items()
        if name != "extension"
    }


def _masked(path: tuple[str, ...], value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {name: _masked((*path, name), inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if inner is not None}
    if isinstance(value, list):
        return [_masked(path, inner) for inner in value]
    return _leaf(path, value) if isinstance(value, str) else value


def _leaf(path: tuple[str, ...], text: str) -> str | None:
    """A text by its place; None: it is left out."""
    field = path[-1]
    if path[0] == "documents":
        of_file = "files" in path
        return mask_file(text) if of_file and field in {"name", "content"} else text
    if field in _AMOUNTS:
        return None
    return mask_field(field, text) if text else text


def mask_field(field: str, text: str) -> str | None:
    """A value by its field's name; None: a date, which nothing could stand for."""
    if field in _CODES:
        return text
    if field in _BY_FIELD:
        return _BY_FIELD[field](text)
    if _DATE.fullmatch(text):
        return None
    if field == "number":
        return mask_number(text)
    return MASK


def personal_values(document: Mapping[str, Any]) -> dict[str, str]:
    """What a document says of its people, as sentences may repeat it → its mask."""
    found: dict[str, str] = {}
    for name, value in document.items():
        if name not in _WHOLE and name != "documents":
            _collect(name, value, found)
    return found


def _collect(field: str, value: Any, found: dict[str, str]) -> None:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _collect(name, inner, found)
    elif isinstance(value, list):
        for inner in value:
            _collect(field, inner, found)
    elif isinstance(value, str) and len(value) >= _LEAST and _is_personal(field, value):
        found[value] = mask_field(field, value) or MASK


def _is_personal(field: str, text: str) -> bool:
    """Whether a value is one that sentences repeat, and not a day or an amount."""
    return field not in _CODES | _AMOUNTS and not _DATE.fullmatch(text)


def mask_sentence(text: str, known: Mapping[str, str]) -> str:
    """A sentence without what is known of the dossier's people, long numbers, addresses.

    Names of others, and a name of which only a part is written, are not recognised.
    """
    return _patterns(mask_known(text, known))


def mask_known(text: str, known: Mapping[str, str]) -> str:
    """A text without what is known of the dossier's people."""
    made = unicodedata.normalize("NFC", text)
    for value in sorted(known, key=len, reverse=True):
        words = [re.escape(word) for word in value.split()]
        if words:
            mask = known[value].replace("\\", "\\\\")
            # Whole words: within an amount or a code the digits of a parcel are not one.
            whole = rf"(?<!\w)(?<!\w[-/.]){_SPACES.join(words)}(?!\w|[-/.]\w)"
            made = re.sub(whole, mask, made, flags=re.IGNORECASE)
    return made


def _patterns(text: str) -> str:
    made = _MAIL.sub(lambda found: mask_mail(found[0]), text)
    return _LONG_NUMBER.sub(lambda found: mask_number(found[0]), made)


def masked_content(value: Any, known: Mapping[str, str], field: str = "") -> Any:
    """What an office or a person said, field by field; amounts and codes stay."""
    if field == "documents":
        return _masked((field,), value)
    if isinstance(value, Mapping):
        return {
            name: masked_content(inner, known, str(name))
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [masked_content(inner, known, field) for inner in value]
    if not isinstance(value, str):
        return value
    if field in _BY_FIELD:
        return mask_field(field, value)
    if field in _SENTENCES:
        return mask_sentence(value, known)
    return mask_known(value, known)


def masked_changes(changes: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """What a correction changes: pointer → was and now."""
    return {
        path: [
            one and (mask_field(path.rpartition("/")[2], one) or MASK) for one in both
        ]
        for path, both in changes.items()
    }
