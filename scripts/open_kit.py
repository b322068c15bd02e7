"""Puts what an agency's developer needs of the open interface into one zip.

``python scripts/open_kit.py FILE.zip``: documents, schemas, samples, examples, with
the folders that they have here, so that links hold. The same content makes the
same bytes.
"""

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = (
    "docs/agencies/open.vi.md",
    "docs/agencies/open.md",
    "docs/agencies/open.openapi.json",
    "examples/open",
    "schemas/agencies/open",
    "schemas/dossier",
)
#: Compilers and interpreters leave these beside the sources.
LEFT_BEHIND = {"__pycache__", "bin", "obj", "out"}


def files() -> Iterator[Path]:
    """Every file of the kit, in order of its path."""
    for part in PARTS:
        path = ROOT / part
        for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if one.is_file() and not LEFT_BEHIND & set(one.parts):
                yield one


def pack(target: Path) -> int:
    """Write the zip; how many files are in it."""
    found = list(files())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as kit:
        for path in found:
            # A fixed day: the same content is the same file.
            entry = zipfile.ZipInfo(path.relative_to(ROOT).as_posix())
            entry.compress_type = zipfile.ZIP_DEFLATED
            kit.writestr(entry, path.read_bytes())
    return len(found)


def main() -> int:
    """Write the zip that the command line names."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    print(f"{pack(Path(sys.argv[1]))} files in {sys.argv[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
