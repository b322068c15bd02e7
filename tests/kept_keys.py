"""Key pairs that one run of tests makes once: making them is most of a world's start.

Tokens and path secrets are still every world's own.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

#: Pairs by file name, of this process.
_PAIRS: dict[str, bytes] = {}


@contextlib.contextmanager
def of_this_run(folder: Path) -> Iterator[None]:
    """Lay the pairs known so far into the folder; keep those that were added."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in _PAIRS.items():
        if not (folder / name).exists():
            (folder / name).touch(mode=0o600)
            (folder / name).write_bytes(content)
    yield
    for path in folder.glob("*.pem"):
        _PAIRS.setdefault(path.name, path.read_bytes())
