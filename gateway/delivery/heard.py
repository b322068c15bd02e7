"""When each office was last reached, was not, and last called us: a word, kept seldom.

Lists of offices show it at any node; what the last seconds before a crash knew is lost.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.attempt import Outcome
from gateway.domain.identifiers import OfficeId
from gateway.domain.json_text import as_json, of_json
from gateway.domain.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.ports.agency import Answer
    from gateway.ports.reaching import OfficeNotes

#: Real seconds between two turns in which words are kept, however much is said.
EVERY_S = 10.0
#: What is kept, each by itself: nodes that hear of one office overwrite each other's
#: word about the same thing alone.
OK, FAILED, CALLED = "ok", "failed", "called"
_ANSWERED = frozenset(
    {
        Outcome.DELIVERED,
        Outcome.DUPLICATE,
        Outcome.REFUSED,
        Outcome.NEEDS_DATA,
    }
)


@dataclass(frozen=True, slots=True)
class Word:
    """One moment, and of what failed the code of why."""

    at: datetime
    code: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of one office."""

    ok: Word | None = None
    failed: Word | None = None
    called: Word | None = None

    @property
    def failing(self) -> bool:
        """Whether the last thing that is known of calling it is that it failed."""
        return self.failed is not None and (
            self.ok is None or self.failed.at > self.ok.at
        )


class HeardBook:
    """What this node heard, until it is kept for all."""

    def __init__(self) -> None:
        """Nothing was heard."""
        self._new: dict[str, dict[OfficeId, Word]] = {}
        self._kept_at = 0.0

    def answered(self, office: OfficeId, answer: Answer, now: datetime) -> None:
        """Note how a call to an office ended; what carries files is no call."""
        if answer.outcome is Outcome.ON_ITS_WAY:
            return
        kind = OK if answer.outcome in _ANSWERED else FAILED
        code = "" if kind == OK else answer.code
        self._new.setdefault(kind, {})[office] = Word(now, code)

    def called(self, office: OfficeId, now: datetime) -> None:
        """Note that an office's system has called, and was believed."""
        self._new.setdefault(CALLED, {})[office] = Word(now)

    async def keep(self, notes: OfficeNotes, mono: float) -> None:
        """Keep what is new, if nothing was kept for a while.

        Raises:
            StoreError: it could not be; it is tried again.
        """
        if not self._new or mono < self._kept_at + EVERY_S:
            return
        self._kept_at = mono
        taken, self._new = self._new, {}
        try:
            for kind, words in taken.items():
                texts = {office: _text(word) for office, word in words.items()}
                await notes.note_offices(kind, texts)
        except BaseException:
            for kind, words in taken.items():
                self._new[kind] = {**words, **self._new.get(kind, {})}
            raise

    async def known(self, notes: OfficeNotes) -> Mapping[OfficeId, Heard]:
        """Of every office of which anything is known: the store's word, and ours."""
        found: dict[OfficeId, dict[str, Word]] = {}
        for kind in (OK, FAILED, CALLED):
            texts = await notes.office_notes(kind)
            words = {office: _word(text) for office, text in texts.items()}
            for office, word in {**words, **self._new.get(kind, {})}.items():
                found.setdefault(office, {})[kind] = word
        return {
            office: Heard(words.get(OK), words.get(FAILED), words.get(CALLED))
            for office, words in found.items()
        }


def _text(word: Word) -> str:
    return as_json({"at": word.at.isoformat(), "code": word.code}).decode()


def _word(text: str) -> Word:
    told: dict[str, Any] = of_json(text.encode())
    return Word(datetime.fromisoformat(told["at"]), str(told["code"]))
