"""The example agencies of ``examples/open`` as processes, against any gateway.

Whoever has an address of the open interface and a key can have one look of an
example's run: ``ran(command(language, folder), …)``.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "open"
#: Real seconds that one look may take, the start of a virtual machine included.
LOOK_S = 60.0


class Ran(NamedTuple):
    """How one look ended."""

    code: int
    output: str


def command(language: str, folder: Path) -> list[str]:
    """What starts the example; ``folder`` takes what had to be compiled."""
    if language == "python":
        return [sys.executable, str(EXAMPLES / "python" / "agency.py")]
    assert language == "java"
    sources = [str(path) for path in sorted((EXAMPLES / "java").glob("*.java"))]
    classes = folder / "classes"
    strict = ["-Xlint:all", "-Werror", "-encoding", "UTF-8", "--release", "17"]
    subprocess.run(["javac", *strict, "-d", str(classes), *sources], check=True)
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", str(classes), "Agency"]


async def ran(words: list[str], base: str, key: str, store: Path, result: Path) -> Ran:
    """One look of an agency that keeps what it gets in ``store``."""
    process = await asyncio.create_subprocess_exec(
        *words,
        str(store),
        str(result),
        env={**os.environ, "OPEN": base, "KEY": key, "PYTHONUTF8": "1"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), LOOK_S)
    assert process.returncode is not None
    return Ran(process.returncode, output.decode("utf-8", "replace"))
