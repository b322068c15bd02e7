"""The text of what comes: composed, turned into Unicode where that is certain."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from unicodedata import is_normalized

from gateway.domain.encodings import (
    MISREAD,
    bears,
    convert,
    detect,
    is_doubtful,
    is_unicode,
    looks_like_tcvn3,
)
from gateway.domain.json_text import canonical_json
from gateway.domain.old_letters import Encoding
from gateway.domain.text import nfc
from gateway.domain.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: Bytes in base64 and codes are no text to be converted.
_CODES = frozenset({"sha256", "encoding", "media_type", "part"})
#: Key of what a message was before it was turned, and where it may be old.
AS_RECEIVED, DOUBTFUL = "as_received", "doubtful"
#: What may tell an old encoding anywhere in a document; whether it does, words say.
_ALONE = "ð" + "".join(
    c for c in map(chr, range(128, 256)) if looks_like_tcvn3("a" + c)
)
_VOWELS, _MARKS, _TONES = "aeouyôAEOUYÔ", "ùõâáàãêéèúÙÕÂÁÀÃÊÉÈÚ", "ìòÌÒ"
_BEFORE_TONES = "aeiouyâêôãõýAEIOUYÂÊÔÃÕÝ"
# The letter itself comes first, so that most of a text is passed over at once.
_MAYBE_OLD = re.compile(
    f"[{_ALONE}{_MARKS}{_TONES}]"
    f"(?:(?<=[{_ALONE}])|(?<=[{_VOWELS}][{_MARKS}])|(?<=[{_BEFORE_TONES}][{_TONES}]))"
    f"|{MISREAD.pattern}"
)
_OLD = frozenset(Encoding) - {Encoding.UNICODE}


@dataclass(frozen=True, slots=True)
class Reading:
    """A document in Unicode NFC, and what it was."""

    document: dict[str, Any]
    text: str
    #: the document as JSON, the same for the same content in any field order
    encoding: Encoding = Encoding.UNICODE
    doubt: str | None = None
    #: code of the reason why it may not leave yet; never guessed away
    received: Mapping[str, str] | None = None
    #: pointer → text as it came, of every text that was turned
    doubts: tuple[str, ...] = ()
    #: pointers of the texts that look old and do not tell


def as_text(document: Mapping[str, Any]) -> str:
    """A document as JSON, the same for the same content in any field order."""
    return canonical_json(document).decode()


def spoken(content: Mapping[str, Any]) -> Reading:
    """What somebody wrote about a dossier; ``received`` and ``doubts`` say what it was.

    Most of it holds nothing to be turned, and is only looked at.
    """
    texts = "\n".join(text for _, text in _texts(content) if not text.isascii())
    if is_normalized("NFC", texts) and not _MAYBE_OLD.search(texts):
        return Reading(dict(content), "")
    reading = read(dict(content))
    if not reading.doubt:
        return reading
    doubts = tuple(
        pointer for pointer, text in _texts(reading.document) if _is_doubtful(text)
    )
    return replace(reading, doubts=doubts)


def with_marks(reading: Reading) -> dict[str, Any]:
    """The content with what it was, for the people who look at it later."""
    marks: dict[str, Any] = {}
    if reading.received:
        marks[AS_RECEIVED] = dict(reading.received)
    if reading.doubts:
        marks[DOUBTFUL] = list(reading.doubts)
    return {**reading.document, **marks}


def normalised(document: dict[str, Any]) -> dict[str, Any]:
    """What was said, in NFC; an old encoding is turned where it is named."""
    old = _named(document)
    if old is not None:
        return _turned(document, old).document
    return _composed(document, as_text(document)).document


def read(document: dict[str, Any]) -> Reading:
    """A document whose old encoding is named, or tells itself beyond doubt.

    One whose texts are of two kinds, or of one that nobody can tell, stays as it is
    and is doubtful, unless it says that it is meant so.
    """
    old, text = _named(document), as_text(document)
    if old is None and ("encoding" in document or not _MAYBE_OLD.search(text)):
        return _composed(document, text)
    texts = [text for _, text in _texts(document) if not text.isascii()]
    old = old or detect("\n".join(texts))
    if old is not None:
        return _turned(document, old)
    doubtful = any(map(_is_doubtful, texts))
    doubt = "text_encoding_unknown" if doubtful else None
    return replace(_composed(document, text), doubt=doubt)


def _is_doubtful(text: str) -> bool:
    return bool(_MAYBE_OLD.search(text)) and is_doubtful(text)


def _named(document: Mapping[str, Any]) -> Encoding | None:
    """The old encoding that a document says it has."""
    named = document.get("encoding")
    return Encoding(named) if isinstance(named, str) and named in _OLD else None


def _composed(document: dict[str, Any], text: str) -> Reading:
    # Parts of a composed text are composed, and most documents come composed.
    if is_normalized("NFC", text):
        return Reading(document, text)
    plain: dict[str, Any] = _mapped(document, nfc)
    return Reading(plain, as_text(plain))


def _turned(document: dict[str, Any], encoding: Encoding) -> Reading:
    is_mixed = any(is_unicode(text) for _, text in _texts(document))

    def turn(text: str) -> str:
        # Beside Unicode a text is old only if it says so itself: «Lê» is a name.
        if is_mixed and not bears(text, encoding):
            return nfc(text)
        return convert(text, encoding)

    turned: dict[str, Any] = _mapped(document, turn)
    received = dict(_changed(document, turned, ""))
    return Reading(turned, as_text(turned), encoding, None, received)


def _changed(before: Any, after: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Every text that says something else now, as it came."""
    if isinstance(before, str):
        if nfc(before) != after:
            yield pointer, before
    elif isinstance(before, list):
        for place, item in enumerate(before):
            yield from _changed(item, after[place], f"{pointer}/{place}")
    elif isinstance(before, dict):
        for key, item in before.items():
            if _is_text(key, before):
                yield from _changed(item, after[key], f"{pointer}/{_step(key)}")


def _is_text(key: str, holder: Mapping[str, Any]) -> bool:
    """Whether a field is what people wrote; a file has its bytes beside its name."""
    return key not in _CODES and not (key == "content" and "name" in holder)


def _step(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _texts(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a document that people wrote, with its place."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _texts(item, f"{pointer}/{place}")
    elif isinstance(value, dict):
        for key, item in value.items():
            if _is_text(key, value):
                yield from _texts(item, f"{pointer}/{_step(key)}")


def _mapped(value: Any, turn: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return turn(value) if not value.isascii() else value
    if isinstance(value, list):
        return [_mapped(item, turn) for item in value]
    if isinstance(value, dict):
        return {
            key: _mapped(item, turn) if _is_text(key, value) else item
            for key, item in value.items()
        }
    return value
