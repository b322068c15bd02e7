"""What an interface's XML Schema does not allow in a message, told by place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from gateway.validation.xml import XMLRefused, parse
from gateway.validation.xsd import XSDSchema

#: Of one thing that is wrong; names of elements come from the message.
MOST_TEXT = 200


def xml_errors(schema: Path, document: bytes) -> Sequence[str]:
    """Places and rules, never values; empty: it is as the schema says."""
    try:
        root = parse(document).root
    except XMLRefused as refused:
        return [str(refused)]
    faults = _schema(schema).check(root)
    return [f"{one.path} ({one.message})"[:MOST_TEXT] for one in faults]


@cache
def _schema(path: Path) -> XSDSchema:
    return XSDSchema(path)
