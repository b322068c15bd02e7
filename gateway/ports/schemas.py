"""JSON Schema behind a port: the only truth about documents."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Protocol

from gateway.domain.errors import FieldError


class SchemaCatalogue(Protocol):
    """Compiled schemas by ``$id``."""

    @abstractmethod
    def errors(self, schema_id: str, document: Any) -> tuple[FieldError, ...]:
        """Every wrong field, in document order; empty when valid.

        Raises:
            KeyError: no such schema.
        """
