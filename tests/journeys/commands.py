"""The command line as a process of its own, as people start it."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said where."""

    code: int
    out: str
    err: str


async def start(
    *words: str | Path, run_dir: Path, columns: int = 80, **more: str
) -> asyncio.subprocess.Process:
    """Start ``lienthong`` with these words; its mock mode runs in ``run_dir``."""
    environment = {
        **os.environ,
        "LIENTHONG_RUN_DIR": str(run_dir),
        "COLUMNS": str(columns),
        "PYTHONUNBUFFERED": "1",
        **more,
    }
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", *map(str, words)),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def lienthong(
    *words: str | Path, run_dir: Path, columns: int = 80, **more: str
) -> Ran:
    """Run it to its end."""
    process = await start(*words, run_dir=run_dir, columns=columns, **more)
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ran(process.returncode, out.decode(), err.decode())
