"""What an agency's answers mean, as data: ``replies.toml`` of its folder.

Agencies answer HTTP 200 with errors inside and tell success from failure by
phrases. Each row says of which operations, statuses, fields and phrase it
speaks; the first row that fits wins. An answer that no row fits is never
success: the caller takes it for a broken contract.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from gateway.domain.attempt import Outcome
from gateway.domain.text import nfc

#: In ``fields``: the field is there and not empty; an empty text: it is not.
ANY = "*"
_MOST_ASKED_S = 86400
_SILENT = frozenset({Outcome.DELIVERED, Outcome.DUPLICATE})
_KEYS = frozenset(
    {"operations", "http", "fields", "phrase", "outcome", "code"}
    | {"reason", "next_action", "sample"}
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``reason`` and ``next_action`` are Vietnamese, for people.

    They are empty only where nobody has to act (delivered, duplicate).
    """

    outcome: Outcome
    code: str
    reason: str = ""
    next_action: str = ""
    operations: frozenset[str] = frozenset()
    #: empty: every operation
    http: frozenset[int] = frozenset()
    #: empty: every status
    fields: tuple[tuple[str, frozenset[str]], ...] = ()
    #: name → folded values, one of which it must have
    phrases: tuple[str, ...] = ()
    #: folded; the answer's text contains one of them
    sample: str = ""
    #: file that shows such an answer

    def fits(self, http: int, fields: Mapping[str, str], folded_text: str) -> bool:
        """Whether an answer to one of its operations is of this row."""
        if self.http and http not in self.http:
            return False
        for name, wanted in self.fields:
            value = folded(fields.get(name, ""))
            if not (value in wanted or (ANY in wanted and value)):
                return False
        return not self.phrases or any(one in folded_text for one in self.phrases)


class Replies:
    """All rows of one agency."""

    def __init__(
        self, rows: Iterable[Row], words: Mapping[str, tuple[str, str]] | None = None
    ) -> None:
        """Keep the rows in their order; ``words``: of codes that no answer has.

        Raises:
            ValueError: one code has two different wordings.
        """
        self.rows = tuple(rows)
        self._of: dict[str, tuple[Row, ...]] = {}
        self._words: dict[str, tuple[str, str]] = dict(words or {})
        for row in self.rows:
            if not row.reason:
                continue
            told = (row.reason, row.next_action)
            if self._words.setdefault(row.code, told) != told:
                message = f"{row.code} is worded twice"
                raise ValueError(message)

    @classmethod
    def load(cls, toml_text: str) -> Replies:
        """Rows from ``[[reply]]`` tables; further codes from ``[words.CODE]`` ones.

        ``[words.CODE]`` holds ``reason`` and ``next_action`` of what an adapter
        finds out by itself, before anything leaves. Keys of a row:
        ``operations`` (list; left out: all), ``http`` (status or list; left
        out: all), ``fields`` (name → text or list of texts, ``"*"`` any,
        ``""`` none), ``phrase`` (text or list), ``outcome``, ``code``,
        ``reason``, ``next_action``, ``sample``.

        Raises:
            ValueError: a row is wrong; the message names it.
        """
        raw = tomllib.loads(toml_text)
        words = {
            code: (nfc(told["reason"]), nfc(told["next_action"]))
            for code, told in raw.get("words", {}).items()
        }
        rows = [_row(number, row) for number, row in enumerate(raw["reply"], 1)]
        return cls(rows, words)

    def classify(
        self, operation: str, http: int, fields: Mapping[str, str], text: str
    ) -> Row | None:
        """The first row that fits; None: no rule recognises the answer."""
        folded_text = folded(text)
        for row in self._rows_of(operation):
            if row.fits(http, fields, folded_text):
                return row
        return None

    def matching(
        self, operation: str, http: int, fields: Mapping[str, str], text: str
    ) -> tuple[Row, ...]:
        """Every row that fits: tests want exactly one for a sample."""
        folded_text = folded(text)
        rows = self._rows_of(operation)
        return tuple(row for row in rows if row.fits(http, fields, folded_text))

    def words(self) -> Mapping[str, tuple[str, str]]:
        """Code → reason and next action, of every row that has some and of ``[words]``."""
        return self._words

    def _rows_of(self, operation: str) -> tuple[Row, ...]:
        found = self._of.get(operation)
        if found is None:
            found = tuple(
                row
                for row in self.rows
                if not row.operations or operation in row.operations
            )
            self._of[operation] = found
        return found


def folded(text: str) -> str:
    """Text as it is compared: composed and without case."""
    return nfc(text).casefold()


def seconds_asked(retry_after: str, now: datetime, *, date: str = "") -> float | None:
    """What a Retry-After header asks for, seconds or a date; None: nothing readable.

    ``date``: the answer's own header Date; whoever names a moment means it by their
    clock, which may be an hour off ours. At most a day: whoever names a year does
    not mean it.
    """
    if retry_after.isascii() and retry_after.isdecimal():
        return float(min(int(retry_after[:9]), _MOST_ASKED_S))
    at = _moment(retry_after)
    if at is None:
        return None
    told_at = _moment(date) or now
    return min(max((at - told_at).total_seconds(), 0.0), float(_MOST_ASKED_S))


def _moment(text: str) -> datetime | None:
    """A date of HTTP; None: it is none."""
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _row(number: int, raw: Mapping[str, Any]) -> Row:
    name = f"reply {number} ({raw.get('code', 'without code')})"
    strange = raw.keys() - _KEYS
    if strange:
        message = f"{name}: unknown keys {sorted(strange)}"
        raise ValueError(message)
    try:
        row = Row(
            outcome=Outcome(raw["outcome"]),
            code=raw["code"],
            reason=nfc(raw.get("reason", "")),
            next_action=nfc(raw.get("next_action", "")),
            operations=frozenset(raw.get("operations", ())),
            http=frozenset(_list(raw.get("http", []))),
            fields=tuple(
                (field, frozenset(folded(value) for value in _list(values)))
                for field, values in raw.get("fields", {}).items()
            ),
            phrases=tuple(folded(phrase) for phrase in _list(raw.get("phrase", []))),
            sample=raw.get("sample", ""),
        )
    except (KeyError, ValueError) as wrong:
        message = f"{name}: {wrong}"
        raise ValueError(message) from wrong
    if row.outcome not in _SILENT and not (row.reason and row.next_action):
        message = f"{name}: somebody has to act and is not told why or what"
        raise ValueError(message)
    if not (row.http or row.fields or row.phrases):
        message = f"{name}: fits every answer"
        raise ValueError(message)
    return row


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
