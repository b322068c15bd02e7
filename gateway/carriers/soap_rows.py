"""Messages that are a row of simple values, written and read by zeep's own types.

zeep walks through its model of a message for every call. Where that is one element with
simple values in it, each there once, its first rendering serves all later ones, and only
what stands between the tags is written anew, by the type that zeep chose for it.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from zeep.xsd import AnySimpleType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml import etree


def _is_value(element: Any) -> bool:
    """Whether it stands there exactly once, with a value of a simple type."""
    return (
        isinstance(getattr(element, "type", None), AnySimpleType)
        and (element.min_occurs, element.max_occurs) == (1, 1)
        and not element.nillable
    )


class Row:
    """The values of one message, in their order."""

    def __init__(self, types: Mapping[str, AnySimpleType]) -> None:
        """``types`` by the name of their element."""
        self._types = dict(types)
        self._model: etree._Element | None = None

    @classmethod
    def of(cls, body: Any) -> Row | None:
        """The row that zeep's element of a message is; None: it is something else."""
        elements = [element for _, element in body.type.elements]
        if body.type.attributes or not all(map(_is_value, elements)):
            return None
        return cls({element.name: element.type for element in elements})

    def learn(self, envelope: etree._Element) -> None:
        """Keep zeep's first rendering as the model of those to come."""
        self._model = deepcopy(envelope)

    def written(self, values: Mapping[str, Any]) -> etree._Element | None:
        """The envelope around these values; None: zeep itself has to write it.

        Raises:
            TypeError: a value is not of its type.
            ValueError: the same, or it cannot stand in XML.
        """
        if self._model is None or values.keys() != self._types.keys():
            return None
        if any(value is None for value in values.values()):
            return None
        envelope = deepcopy(self._model)
        content = envelope[-1][0]
        for element, (name, kind) in zip(content, self._types.items(), strict=True):
            kind.render(element, values[name])
        return envelope

    def read(self, content: etree._Element) -> dict[str, Any]:
        """The values of an element that its schema allows; empty ones as None."""
        elements = content.iterchildren("*")
        pairs = zip(elements, self._types.items(), strict=True)
        return {name: kind.parse_xmlelement(element) for element, (name, kind) in pairs}
