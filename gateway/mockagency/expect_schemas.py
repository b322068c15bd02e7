"""Which schema and which sample belong to an operation of a mock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Where they ship.
_PACKAGE = Path(__file__).resolve().parents[1]
_BESIDE = _PACKAGE.parent / "schemas"
SCHEMAS = _BESIDE if (_BESIDE / "agencies").is_dir() else _PACKAGE / "shipped/schemas"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The schema of a body."""

    path: Path
    schema: str
    #: as people find it
    sample: str
    content: Mapping[str, Any]
    validator: Any

    @property
    def is_xml(self) -> bool:
        """Whether it is one of XML."""
        return self.path.suffix == ".xsd"


class Schemas:
    """The schemas of one agency: its own folder, and those of its other interfaces."""

    def __init__(
        self,
        agency: str,
        named: Mapping[str, str] | None = None,
        folder: Path = SCHEMAS,
    ) -> None:
        """``named``: file of a path or operation, below ``agencies``.

        Where it is not the operation's name; ``{name}`` in it stands for what the
        body's field of that name says.
        """
        self._named = named or {}
        self._root = folder / "agencies"
        self._folder = folder
        # The most particular name first: of /ilis/token that of iLIS.
        self._folders = [
            *sorted(self._root.glob(f"{agency}_*"), reverse=True),
            self._root / agency,
        ]
        self._agency = agency

    def of(self, route: str, operation: str, body: bytes) -> Wanted | None:
        """What an operation's body should be; None: no file says it."""
        said = self._named.get(route) or self._named.get(operation)
        if said is not None:
            path = self._root / _filled(said, body)
            return _wanted(path, self._root, self._folder) if path.is_file() else None
        for folder in self._places(route):
            path = folder / f"{operation}.json"
            if path.is_file():
                return _wanted(path, self._root, self._folder)
        return None

    def _places(self, route: str) -> Sequence[Path]:
        """Its own folder, or that of the interface which the path names."""
        first = route.strip("/").partition("/")[0].partition("-")[0]
        particular = [
            one for one in self._folders if first and one.name.endswith(f"_{first}")
        ]
        return particular or [self._root / self._agency]


def _filled(said: str, body: bytes) -> str:
    if "{" not in said:
        return said
    field = said.partition("{")[2].partition("}")[0]
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return said
    value = found.get(field) if isinstance(found, dict) else None
    name = value if isinstance(value, str) and value.isalnum() else ""
    return said.replace(f"{{{field}}}", name)


@cache
def _wanted(path: Path, root: Path, folder: Path) -> Wanted:
    content: dict[str, Any] = {}
    validator = None
    if path.suffix == ".json":
        content = json.loads(path.read_text("utf-8"))
        validator = jsonschema_rs.Draft202012Validator(
            content, validate_formats=True, registry=_registry(folder), offline=True
        )
    sample = path.parent / "samples" / f"{path.stem}.json"
    return Wanted(
        path,
        f"schemas/agencies/{path.relative_to(root)}",
        f"schemas/agencies/{sample.relative_to(root)}" if sample.is_file() else "",
        content,
        validator,
    )


@cache
def _registry(folder: Path) -> Any:
    """What references are answered from."""
    found = []
    for path in sorted(folder.rglob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        if isinstance(content, dict) and content.get("$schema") == _DIALECT:
            found.append((content["$id"], content))
    return jsonschema_rs.Registry(found)
