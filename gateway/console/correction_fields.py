"""What a box for one value of a dossier offers: words for codes, a calendar for days."""

from __future__ import annotations

import re
from typing import Any

from gateway.console.language import later, say
from gateway.domain.remarks import place_words

_PEOPLE = {"citizen": later("cá nhân"), "organisation": later("tổ chức")}
_SEX = {
    "male": later("nam"),
    "female": later("nữ"),
    "undetermined": later("chưa xác định"),
}
#: The end of a place in a dossier → its codes with their words.
_CHOICES: tuple[tuple[re.Pattern[str], dict[str, str]], ...] = (
    (
        re.compile(r"/identity/kind$"),
        {
            "cccd": later("số định danh, căn cước (12 số)"),
            "cmnd": later("chứng minh nhân dân (9 số)"),
            "passport": later("hộ chiếu"),
            "tax_code": later("mã số thuế"),
            "business_code": later("mã số doanh nghiệp"),
            "other": later("giấy tờ khác"),
        },
    ),
    (re.compile(r"^/(?:applicant|owners/\d+)/kind$"), _PEOPLE),
    (re.compile(r"/sex$"), _SEX),
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
#: Parts of a dossier that are a whole day; a birth may be a year alone.
_DAYS = frozenset(
    {
        *("as_of", "issued_on", "contract_on", "stops_on", "stops_until"),
        *("born_on", "died_on"),
    }
)


def box(path: str, was: str, now: str) -> dict[str, Any]:
    """One box of the form, at a JSON pointer."""
    words = _codes(path)
    # A code that has no words yet must not be lost by opening the form.
    known = {was, now} <= words.keys()
    name = path.rpartition("/")[2]
    return {
        "path": path,
        "words": _placed(path),
        "was": was,
        "was_words": worded(path, was),
        "now": now,
        "choices": [(code, say(text)) for code, text in words.items()] if known else [],
        "is_day": name in _DAYS
        and all(not text or _DAY.fullmatch(text) for text in (was, now)),
        "hint": say(_HINT) if path.endswith("/birth") else "",
    }


_HINT = later("năm-tháng-ngày, ví dụ 1980-05-17; hoặc chỉ năm")


def worded(path: str, value: str) -> str:
    """A value as a person reads it: its code's words, where it is a code."""
    text = _codes(path).get(value)
    return say(text) if text else value


def _placed(path: str) -> str:
    words = place_words(path)
    # Only the first letter: a unit such as kW keeps its own.
    return words[:1].upper() + words[1:]


def _codes(path: str) -> dict[str, str]:
    return next((words for place, words in _CHOICES if place.search(path)), {})
