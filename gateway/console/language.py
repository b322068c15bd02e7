"""The language of a page: Vietnamese, as pages are written, or English by catalogue.

What dossiers, agencies and the gateway's own sentences say stays as it is.
"""

from __future__ import annotations

import gettext
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import Request

VIETNAMESE, ENGLISH = "vi", "en"
LANGUAGES = {VIETNAMESE: "Tiếng Việt", ENGLISH: "English"}
COOKIE = "lienthong_lang"
#: How long a browser remembers the choice.
REMEMBERED_S = 365 * 24 * 3600
CATALOGUE = Path(__file__).parent / "locale" / "en.mo"
_spoken: ContextVar[str] = ContextVar("language", default=VIETNAMESE)


def chosen(request: Request) -> str:
    """The language that this browser chose; Vietnamese when none."""
    wanted = request.cookies.get(COOKIE, VIETNAMESE)
    return wanted if wanted in LANGUAGES else VIETNAMESE


def speak(language: str) -> None:
    """Let everything that this request still renders be in a language."""
    _spoken.set(language)


def spoken() -> str:
    """The language of what is rendered now; outside of pages Vietnamese."""
    return _spoken.get()


def say(text: str) -> str:
    """A text of the pages in the language spoken; as it stands where none is known."""
    # The empty text is the catalogue's own head.
    if not text or spoken() == VIETNAMESE:
        return text
    return _english().gettext(text)


def later(text: str) -> str:
    """Mark a text of a table for the catalogue; it is said where the table is read."""
    return text


def say_of(one: str, several: str, count: int) -> str:
    """The same for a number of things, which Vietnamese words do not show."""
    if spoken() == VIETNAMESE:
        return one if count == 1 else several
    return _english().ngettext(one, several, count)


@cache
def _english() -> gettext.NullTranslations:
    with CATALOGUE.open("rb") as file:
        return gettext.GNUTranslations(file)
