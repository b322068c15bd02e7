"""The dialects of land systems: what differs between them, as values.

Both systems do the same work. Names of operations, answers and places of secrets
are data (``agency*.toml``, replies); the rest is a field of ``Dialect``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from gateway.adapters.land_registry import loose
from gateway.adapters.land_registry.reading import OPERATIONS, Read, tax_notices
from gateway.carriers.replies import Replies
from gateway.domain.identifiers import MessageKind
from gateway.domain.values import dataclass
from gateway.ports.agency import KindTraits

_HERE = files("gateway.adapters.land_registry")


def _as_written(body: dict[str, Any]) -> dict[str, Any]:
    return body


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one kind of land system is spoken to, and speaks."""

    manifest: Mapping[str, Any]
    replies: Replies
    reads: Mapping[str, Read]
    #: hosted operation → how it is read
    plain: Callable[[dict[str, Any]], dict[str, Any]] = _as_written
    #: a pushed body that its schema allows → the same in one form
    data_as_text: bool = False
    #: ``data`` of an answer may be a text
    has_sessions: bool = False
    #: calls carry a token of the sender's account (section 2.4)

    @classmethod
    def load(cls, manifest: str, replies: str, **differs: Any) -> Dialect:
        """From files of this folder; ``differs``: fields that are not the usual."""
        return cls(
            tomllib.loads((_HERE / manifest).read_text("utf-8")),
            Replies.load((_HERE / replies).read_text("utf-8")),
            **{"reads": OPERATIONS, **differs},
        )

    @property
    def traits(self) -> Mapping[MessageKind, KindTraits]:
        """What such a system does, by message kind."""
        return {row["kind"]: KindTraits.of(row) for row in self.manifest["kind"]}

    @property
    def operations(self) -> Mapping[MessageKind, str]:
        """Message kind → the system's name of the operation."""
        return {row["kind"]: row["operation"] for row in self.manifest["kind"]}

    def schema(self, operation: str) -> str:
        """Identifier of the schema of an operation's body."""
        document = PurePosixPath(self.manifest["agency"]["document"]).stem
        return f"urn:lienthong:schema:{document}:{operation}:1"


VBDLIS = Dialect.load("agency.toml", "replies.toml")
ILIS = Dialect.load(
    "agency_ilis.toml",
    "ilis_replies.toml",
    reads={**OPERATIONS, "GuiKetQuaThue": partial(tax_notices, link="DuongDanTBT")},
    plain=loose.plain,
    data_as_text=True,
    has_sessions=True,
)
#: ``[office.land] dialect`` → what it means.
DIALECTS: Mapping[str, Dialect] = {"vbdlis": VBDLIS, "ilis": ILIS}


def dialect_of(office: Mapping[str, Any]) -> Dialect:
    """The dialect of an office's table.

    Raises:
        ValueError: nobody speaks it.
    """
    name = str(office.get("land", {}).get("dialect", "vbdlis"))
    if name not in DIALECTS:
        raise ValueError(f"dialect {name!r}")
    return DIALECTS[name]
