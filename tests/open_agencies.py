"""The example agencies of ``examples/open`` as processes, against any gateway.

Whoever has an address of the open interface and a key can have one look of an
example's run: ``ran(command(language, folder), …)``.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "open"
SOURCES = {
    "python": EXAMPLES / "python" / "agency.py",
    "java": EXAMPLES / "java" / "Agency.java",
    "csharp": EXAMPLES / "csharp" / "Agency.cs",
}
#: Where packages of the system keep what the examples need (system-packages.sh).
GSON = Path("/usr/share/java/gson.jar")
NEWTONSOFT = Path("/usr/lib/cli/Newtonsoft.Json-5.0/Newtonsoft.Json.dll")
#: Real seconds that one look may take, the start of a virtual machine included.
LOOK_S = 60.0
#: What Mono 6.8 prints when the machine below the program falls: seen, very
#: rarely, as it ends under load. The example is made to be run again.
RUNTIME_FELL = "Native Crash Reporting"


class Ran(NamedTuple):
    """How one look ended."""

    code: int
    output: str


def command(language: str, folder: Path) -> list[str]:
    """What starts the example; ``folder`` takes what had to be compiled."""
    if language == "python":
        return [sys.executable, str(SOURCES["python"])]
    if language == "csharp":
        program = folder / "Agency.exe"
        strict = ["-langversion:7", "-warn:4", "-warnaserror"]
        with_libraries = [f"-r:{NEWTONSOFT}", "-r:System.Net.Http.dll"]
        words = ["mcs", *strict, *with_libraries, f"-out:{program}"]
        subprocess.run([*words, str(SOURCES["csharp"])], check=True)
        (folder / NEWTONSOFT.name).symlink_to(NEWTONSOFT)
        return ["mono", str(program)]
    assert language == "java"
    classes = folder / "classes"
    strict = ["-Xlint:all", "-Werror", "-encoding", "UTF-8", "--release", "17"]
    words = ["javac", *strict, "-cp", str(GSON), "-d", str(classes)]
    subprocess.run([*words, str(SOURCES["java"])], check=True)
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{classes}:{GSON}", "Agency"]


def decide(store: Path, result: bytes) -> int:
    """An officer decides every dossier that lies there undecided; how many."""
    found = 0
    for path in store.glob("*/transfer.json"):
        handed_over = json.loads(path.read_text("utf-8"))["kind"] == "hand_over"
        if handed_over and not (path.parent / "da-bao.pdf").exists():
            (path.parent / "ket-qua.pdf").write_bytes(result)
            found += 1
    return found


async def ran(words: list[str], base: str, key: str, store: Path) -> Ran:
    """One look of an agency that keeps what it gets in ``store``.

    Where the virtual machine itself fell, the look is made once more, as the
    schedule of an agency would, and what the program had said until then is its
    output too; a program that throws is not looked at again.
    """
    first = await _ran(words, base, key, store)
    if first.code < 0 and RUNTIME_FELL in first.output:
        again = await _ran(words, base, key, store)
        return Ran(again.code, until_it_fell(first.output) + again.output)
    return first


def until_it_fell(output: str) -> str:
    """What the program itself had printed before the machine below it fell.

    The machine prints a line of ``=`` and its own heading, below what it may have
    found untrue.
    """
    said = output[: output.index(RUNTIME_FELL)].splitlines(keepends=True)
    own = [line for line in said if line.strip(" \t\r\n=")]
    return "".join(line for line in own if not line.startswith("* Assertion"))


async def _ran(words: list[str], base: str, key: str, store: Path) -> Ran:
    process = await asyncio.create_subprocess_exec(
        *words,
        str(store),
        env={**os.environ, "OPEN": base, "KEY": key, "PYTHONUTF8": "1"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), LOOK_S)
    assert process.returncode is not None
    return Ran(process.returncode, output.decode("utf-8", "replace"))
