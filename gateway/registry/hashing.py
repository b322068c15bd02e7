"""A hash of an agency's folder and interface: what a check was made of."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.registry.manifest import Manifest

ROOT = Path(__file__).resolve().parents[2]
#: The cases themselves: a check by other cases is another check.
CASES = ROOT / "gateway" / "conformance"


def hash_of(manifest: Manifest) -> str:
    """The same as long as adapter, mock, document, schemas and cases are."""
    digest = hashlib.sha256(f"{manifest.interface}\0".encode())
    for path in sorted(_files(manifest)):
        name = path.relative_to(ROOT).as_posix()
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _files(manifest: Manifest) -> Iterator[Path]:
    folder, document = manifest.path.parent, Path(manifest.document)
    for suffix in ("py", "toml"):
        yield from folder.glob(f"*.{suffix}")
    schemas = ROOT / "schemas" / "agencies" / document.stem
    yield from (path for path in schemas.rglob("*") if path.is_file())
    yield from (ROOT / document.parent).glob(f"{document.stem}.*md")
    yield from CASES.glob("adapter_*.py")
