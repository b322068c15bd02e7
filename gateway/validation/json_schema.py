"""JSON Schema 2020-12 over ``schemas/``: the only truth about documents.

Every schema is compiled once; references are answered from the same folder and
from nowhere else. Patterns run on an engine of linear time, so no text can make
one slow, and a pattern that needs more than that is refused at start.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import orjson

from gateway.domain.errors import FieldError
from gateway.ports.schemas import SchemaCatalogue
from gateway.validation.messages import field_errors
from gateway.validation.moments import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TOO_DEEP = FieldError(
    "",
    "too_deep",
    "Nội dung lồng nhau quá sâu hoặc không phải JSON hợp lệ.",
    "The document is nested too deeply or is no JSON.",
)


class JSONSchemaCatalogue(SchemaCatalogue):
    """Compiled schemas by ``$id``."""

    def __init__(self, schemas: dict[str, dict[str, Any]]) -> None:
        """Compile schemas given by ``$id``.

        Raises:
            ValueError: a schema is wrong, or refers to one that is not here.
        """
        registry = _registry(schemas)
        self._validators = {
            name: _compiled(name, schema, registry) for name, schema in schemas.items()
        }

    @staticmethod
    def load(folder: Path) -> JSONSchemaCatalogue:
        """Every file below ``folder`` that says it is a schema of this dialect.

        Raises:
            ValueError: the file and what is wrong with it.
        """
        files = ((str(p), p.read_bytes()) for p in sorted(folder.rglob("*.json")))
        return _loaded(tuple(files))

    @property
    def names(self) -> frozenset[str]:
        """``$id`` of every schema."""
        return frozenset(self._validators)

    def errors(self, schema_id: str, document: Any) -> tuple[FieldError, ...]:
        """Every wrong field, in document order; empty when valid.

        Raises:
            KeyError: no such schema.
        """
        validator = self._validators[schema_id]
        try:
            if validator.is_valid(document):
                return ()
            found = list(validator.iter_errors(document))
        except ValueError:
            return (_TOO_DEEP,)
        return field_errors(document, found)


@lru_cache(maxsize=4)
def _loaded(files: tuple[tuple[str, bytes], ...]) -> JSONSchemaCatalogue:
    """The same files are compiled once in a process: nothing in there changes."""
    schemas: dict[str, dict[str, Any]] = {}
    for path, text in files:
        try:
            content = orjson.loads(text)
        except ValueError as wrong:
            raise ValueError(f"{path}: {wrong}") from wrong
        if not isinstance(content, dict) or content.get("$schema") != DIALECT:
            continue
        name = content.get("$id")
        if not isinstance(name, str) or name in schemas:
            raise ValueError(f"{path}: a schema needs an $id of its own")
        schemas[name] = content
    return JSONSchemaCatalogue(schemas)


def _registry(schemas: dict[str, dict[str, Any]]) -> jsonschema_rs.Registry:
    """What references are answered from; made once, since it reads every schema."""
    try:
        return jsonschema_rs.Registry(list(schemas.items()))
    except ValueError as wrong:
        # The library does not say whose reference it is: name the one whose own
        # text holds what it could not find.
        said = str(wrong)
        named = [
            name
            for name, schema in schemas.items()
            if any(reference in said for reference in _references(schema))
        ]
        raise ValueError(f"{', '.join(named) or 'schemas'}: {said}") from wrong


def _references(schema: Any) -> set[str]:
    """Every ``$ref`` and ``$id`` inside, without its fragment."""
    if isinstance(schema, list):
        return {text for part in schema for text in _references(part)}
    if not isinstance(schema, dict):
        return set()
    own = {schema[key] for key in ("$ref", "$id") if isinstance(schema.get(key), str)}
    below = {text for part in schema.values() for text in _references(part)}
    return {text.partition("#")[0] for text in own | below} - {""}


def _compiled(
    name: str, schema: dict[str, Any], registry: jsonschema_rs.Registry
) -> jsonschema_rs.Draft202012Validator:
    try:
        return jsonschema_rs.Draft202012Validator(
            schema,
            validate_formats=True,
            formats=FORMATS,
            ignore_unknown_formats=False,
            registry=registry,
            pattern_options=jsonschema_rs.RegexOptions(),
            offline=True,
        )
    except (ValueError, jsonschema_rs.ReferencingError) as wrong:
        raise ValueError(f"{name}: {wrong}") from wrong
