"""What stands in which field of an agency's messages, as data.

``recording.toml`` of an agency's folder says it; what it does not name is replaced.
What its interface document publishes (values that a schema lists, codes, sentences of
answers, names of operations and fields) is nobody's, and stays.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from gateway.domain.text import nfc
from gateway.recording.kinds import Value

FILE = "recording.toml"
_LETTER = re.compile(r"[^\W\d_]")
_XSD_ENUM = re.compile(r'<xs:enumeration\s+value="([^"]*)"')
_XSD_NAME = re.compile(r'<xs:(?:element|attribute)\b[^>]*?\bname="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Rules:
    """Those of one agency's folder."""

    fields: Mapping[str, Value] = field(default_factory=dict)
    #: name of a field, or the end of its path with dots, in small letters
    listed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: name of a field, in small letters → values that its schema lists
    public: frozenset[str] = frozenset()
    #: codes and names that the document publishes
    phrases: tuple[str, ...] = ()
    #: sentences of answers, NFC in small letters, the longest first
    days: frozenset[date] = frozenset()
    #: days from which another list, code or law holds

    def of(self, path: tuple[str, ...]) -> Value | None:
        """What stands at a path; None: no rule says it. The longest end of it counts."""
        small = [name.lower() for name in path]
        for start in range(len(small)):
            found = self.fields.get(".".join(small[start:]))
            if found is not None:
                return found
        return None

    def lists(self, path: tuple[str, ...], value: str) -> bool:
        """Whether a value is published: of that field, or a word of the document."""
        name = path[-1].lower() if path else ""
        if value in self.listed.get(name, frozenset()):
            return True
        return value in self.public and bool(_LETTER.search(value))

    def is_code(self, path: tuple[str, ...], value: str) -> bool:
        """Whether a value is a published code, digits alone too."""
        return self.lists(path, value) or value in self.public

    def said(self, text: str) -> str:
        """The published sentence in a text, with the published name behind it."""
        folded = nfc(text).casefold()
        for phrase in self.phrases:
            if phrase in folded:
                named = text.rpartition(":")[2].strip()
                behind = f": {named}" if named in self.public else ""
                return phrase[:1].upper() + phrase[1:] + behind
        return ""


def read(folder: Path, schemas: Sequence[Path]) -> Rules:
    """Rules of an agency's folder; ``schemas``: folders of its interface documents.

    Raises:
        ValueError: the file names a kind of value that there is not, in Vietnamese.
    """
    path, fields = folder / FILE, {}
    raw = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    for kind, names in raw.get("fields", {}).items():
        if kind not in set(Value):
            known = ", ".join(sorted(Value))
            message = f"{path}: [fields] không có loại {kind}; có: {known}"
            raise ValueError(message)
        fields.update({str(name).lower(): Value(kind) for name in names})
    public = {str(word) for word in raw.get("public", ())}
    public |= {
        part
        for names in raw.get("fields", {}).values()
        for n in names
        for part in str(n).split(".")
    }
    phrases = {nfc(str(text)).casefold() for text in raw.get("phrases", ())}
    listed: dict[str, set[str]] = {}
    for name, values in raw.get("listed", {}).items():
        listed.setdefault(name.lower(), set()).update(map(str, values))
    for schema_folder in schemas:
        _published(schema_folder, public, phrases, listed)
    for manifest in sorted(folder.glob("agency*.toml")):
        told = tomllib.loads(manifest.read_text("utf-8"))
        public.update(str(row.get("operation", "")) for row in told.get("kind", ()))
        public.update(str(row.get("name", "")) for row in told.get("hosted", ()))
    days = set(_days(raw.get("days", ())))
    for schema_folder in schemas:
        codes = schema_folder / "codes.toml"
        if codes.is_file():
            days.update(_days(tomllib.loads(codes.read_text("utf-8"))))
    for replies in sorted(folder.glob("*replies.toml")):
        _of_replies(tomllib.loads(replies.read_text("utf-8")), phrases)
    return Rules(
        fields,
        {name: frozenset(values) for name, values in listed.items()},
        frozenset(filter(None, public)),
        tuple(sorted(filter(None, phrases), key=len, reverse=True)),
        frozenset(days),
    )


def _published(
    folder: Path, public: set[str], phrases: set[str], listed: dict[str, set[str]]
) -> None:
    for path in sorted(folder.glob("*.json")):
        public.update(path.name.split("."))
        _of_schema(json.loads(path.read_text("utf-8")), "", public, listed)
    for path in sorted(folder.glob("*.xsd")):
        text = path.read_text("utf-8")
        public.update(_XSD_NAME.findall(text), _XSD_ENUM.findall(text))
    codes = folder / "codes.toml"
    if codes.is_file():
        for name, value in _leaves(tomllib.loads(codes.read_text("utf-8"))):
            if name in {"phrase", "text"}:
                phrases.add(nfc(value).casefold())
            elif name != "name":
                public.add(value)


def _of_schema(
    node: Any, name: str, public: set[str], listed: dict[str, set[str]]
) -> None:
    if isinstance(node, list):
        for item in node:
            _of_schema(item, name, public, listed)
    if not isinstance(node, dict):
        return
    values = [*node.get("enum", ()), *([node["const"]] if "const" in node else [])]
    listed.setdefault(name.lower(), set()).update(map(str, values))
    for key, inner in node.items():
        if key == "properties" and isinstance(inner, dict):
            public.update(inner)
            for own, schema in inner.items():
                _of_schema(schema, own, public, listed)
        elif key not in {"enum", "const", "examples"}:
            _of_schema(inner, name, public, listed)


def _of_replies(raw: Mapping[str, Any], phrases: set[str]) -> None:
    for row in raw.get("reply", ()):
        if row.get("phrase"):
            phrases.add(nfc(str(row["phrase"])).casefold())


def _days(node: Any) -> Iterator[date]:
    if isinstance(node, dict | list):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from _days(inner)
    elif isinstance(node, date):
        yield node


def _leaves(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(value, name)
    elif isinstance(node, str):
        yield name, node
