"""A hash of what a counterpart is held to: its interface's schemas, lists and requirements."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def hash_of(schemas: Path, others: Iterable[Path] = ()) -> str:
    """The same as long as they are; samples and sources say nothing further.

    ``others``: schema files of other folders that its messages consist of.
    """
    digest = hashlib.sha256(f"{schemas.name}\0".encode())
    files = [*schemas.glob("*.json"), *schemas.glob("*.xsd"), *schemas.glob("*.wsdl")]
    lists = ("codes.toml", "danh_muc.toml", "requirements.toml")
    named = [schemas / name for name in lists]
    own = sorted([*files, *(one for one in named if one.is_file())])
    for path in (*own, *sorted(others)):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
