"""``make bench SCENARIO=PEERS``: no peer outlives its run, and what is lost is named."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.peers.__main__ import _facts
from benchmarks.s1 import Result

ROOT = Path(__file__).resolve().parents[3]
#: A peer whose worker says who it is and then waits to be told to stop.
PEER = """
import sys, threading
from benchmarks.peers.work import Given, say_ready, serve
given = Given.read()
if given.is_worker:
    say_ready("worker")
    threading.Event().wait()
async def accept(dossier):
    pass
with given.worker("PEER") as worker:
    print("worker", worker.pid, flush=True)
    serve("peer", given.port, accept)
"""
NEEDED = [f"--{name}=." for name in ("land", "status", "bodies", "folder", "broker")]


def is_running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text("utf-8")
    except FileNotFoundError:
        return False


@pytest.mark.timeout(60)
def test_a_peer_that_is_told_to_stop_leaves_no_worker_for_the_next_run(
    tmp_path: Path,
) -> None:
    (tmp_path / "outliving_peer.py").write_text(
        PEER.replace("PEER", "outliving_peer"), "utf-8"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    peer = subprocess.Popen(
        [sys.executable, "-m", "outliving_peer", f"--port={port}", *NEEDED],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert peer.stdout is not None
    worker = int(peer.stdout.readline().split()[1])
    assert any(" ready " in line for line in peer.stdout)
    assert is_running(worker)
    peer.send_signal(signal.SIGTERM)
    assert peer.wait(30) == 0
    assert not is_running(worker)
    peer.stdout.close()


def run(per_s: float, lost: int = 0) -> Result:
    return Result(per_s, {"gateway": 1.0}, 1.0, 1.0, 1.0, lost=lost, duplicated=0)


def test_a_peer_that_loses_is_named_and_not_counted_as_the_gateway() -> None:
    said = _facts(
        [{"sqlite": run(300), "postgresql": run(100), "celery": run(50, lost=3)}]
    )
    assert (said["lost"], said["lost_by_peers"]) == (0, 3)
    assert said["lost_by"] == "celery:3"
    assert said["sqlite_to_celery"] == "6.00"
