"""MOCK: how many calls a second a mock agency takes, beside aiohttp that answers the same.

``python -m benchmarks.mock`` runs a mock and the floor in turn, each freshly started:
the same requests, the floor's answer the very bytes that the mock gave. See
docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import uvloop
from aiohttp import web

from benchmarks import recording
from benchmarks.load import post, send
from benchmarks.processes import READY, ROOT, Running, cpu_s
from gateway.wiring import free_ports
from gateway.wiring.stage import Stage

FOLDER = ROOT / ".run" / "benchmarks" / "mock"
CONNECTIONS = 16
SAMPLES = ROOT / "schemas" / "agencies"
JOURNALS: dict[str, dict[str, Any]] = {
    "off": {"most": 0},
    "memory": {},
    "file": {"file": True},
}


@dataclass(frozen=True)
class Work:
    """What a mock is asked to do."""

    agency: str
    path: str
    sample: str
    number: str
    changed: dict[str, Any]

    def bodies(self, count: int, told: dict[str, Any]) -> list[bytes]:
        """As many different dossiers."""
        content = json.loads((SAMPLES / self.sample).read_text("utf-8"))
        if self.agency == "electricity":
            content["KHOA"] = told["electricity"]["key"]
        else:
            content["ThongTinQuyTrinh"]["MaQuyTrinh"] = "CN-01"
        made = []
        for index in range(count):
            content |= {**self.changed, self.number: f"H00.01-260310-{index:06d}"}
            if self.agency == "electricity":
                content["MA_GIAODICH"] = f"gd-{index}"
            made.append(json.dumps(content, ensure_ascii=False).encode())
        return made


WORKS = {
    "electricity": Work(
        "electricity",
        "/themMoi_TiepNhanYeuCau",
        "electricity/samples/themMoi_TiepNhanYeuCau.json",
        "MA_HOSO_DVC",
        {},
    ),
    "land": Work(
        "land_registry",
        "/vbdlis/tiepnhan",
        "land_registry/samples/tiepnhan.json",
        "SoBienNhan",
        {"NguoiTiepNhan": "cb.mau01", "TinhId": 99, "HuyenId": 0, "XaId": 9101},
    ),
}


def _mock(work: Work, journal: str, count: int, turn: int) -> tuple[Took, bytes]:
    """Calls per second of a freshly started mock, and what it answers."""
    folder = FOLDER / f"{work.agency}-{journal}-{turn}"
    stage = Stage(folder, examples=None)
    stage.prepare(fixed_ports=False)
    told = json.loads(stage.mocks_path.read_text("utf-8"))
    told["journal"] = JOURNALS[journal]
    stage.mocks_path.write_text(json.dumps(told), "utf-8")
    running = Running(
        work.agency,
        folder / "log",
        *("-m", "gateway.mockagency", "--agency", work.agency),
        *("--port", str(stage.ports[work.agency]), "--config", str(stage.mocks_path)),
        *("--run-dir", str(folder)),
    )
    try:
        url = stage.url(work.agency) + work.path
        bodies = work.bodies(count + 1, told)
        sample = _first(url, bodies.pop())
        took = _measured(url, bodies, running.pid)
    finally:
        running.stop()
    book = folder / "books" / f"{work.agency}.effects.jsonl"
    kinds = [json.loads(one)["kind"] for one in book.read_text("utf-8").splitlines()]
    if kinds.count("hand_over") != count + 1:
        raise SystemExit(f"{work.agency}: not every call had its effect")
    return took, sample


def _bare(work: Work, answer: bytes, bodies: list[bytes]) -> Took:
    """Calls per second of aiohttp alone, which reads a body and answers."""
    port = free_ports.free_port()
    said = FOLDER / "answer"
    said.write_bytes(answer)
    running = Running(
        *("bare", FOLDER / "bare.log", "-m", "benchmarks.mock"),
        *("--serve", str(port), "--path", work.path, "--answer", str(said)),
    )
    try:
        url = f"http://127.0.0.1:{port}{work.path}"
        _first(url, bodies[0])
        return _measured(url, bodies, running.pid)
    finally:
        running.stop()


def _first(url: str, body: bytes) -> bytes:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, body, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: bytes = answer.read()
    return found


@dataclass(frozen=True)
class Took:
    """How fast one run was; the processor's share does not know who else is busy."""

    per_s: float
    cpu_us: float


def _measured(url: str, bodies: list[bytes], pid: int) -> Took:
    media = "application/json; charset=utf-8"
    requests = [post(url, body, token="khong", media_type=media) for body in bodies]
    began, before = time.perf_counter(), cpu_s(pid)
    load = uvloop.run(send(url, requests, connections=CONNECTIONS))
    took = time.perf_counter() - began
    if load.statuses != {200: len(bodies)}:
        raise SystemExit(f"{url}: {dict(load.statuses)}")
    return Took(len(bodies) / took, (cpu_s(pid) - before) * 1e6 / len(bodies))


async def _serve(port: int, path: str, answer: bytes) -> None:
    async def told(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=answer, content_type="application/json")

    app = web.Application()
    app.router.add_post(path, told)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    sys.stdout.write(f"bare{READY}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def compare(name: str, journal: str, given: argparse.Namespace) -> None:
    """One line: mock and floor in turn, medians, and the median of the ratios."""
    count, rounds = given.calls, given.rounds
    work, mocks, floors = WORKS[name], [], []
    for turn in range(rounds):
        took, answer = _mock(work, journal, count, turn)
        mocks.append(took)
        floors.append(_bare(work, answer, work.bodies(count, _told())))
    pairs = list(zip(mocks, floors, strict=True))
    said = (
        f"MOCK work={name} journal={journal} calls={count} rounds={rounds}"
        f" ratio={median(m.per_s / f.per_s for m, f in pairs):.3f}"
        f" mock_per_s={median(m.per_s for m in mocks):.0f}"
        f" bare_per_s={median(f.per_s for f in floors):.0f}"
        f" cpu_ratio={median(f.cpu_us / m.cpu_us for m, f in pairs):.3f}"
        f" mock_cpu_us={median(m.cpu_us for m in mocks):.0f}"
        f" bare_cpu_us={median(f.cpu_us for f in floors):.0f}"
    )
    recording.publish(said, given, [{"mock": m, "bare": f} for m, f in pairs])


def _told() -> dict[str, Any]:
    """Any key: the floor does not look."""
    return {"electricity": {"key": "k" * 43}}


def main() -> None:
    """Compare both works with each journal, or serve the floor."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mock")
    parser.add_argument("--calls", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", type=int, default=0)
    parser.add_argument("--path", default="")
    parser.add_argument("--answer", type=Path)
    recording.option(parser)
    given = parser.parse_args()
    if given.serve:
        uvloop.run(_serve(given.serve, given.path, given.answer.read_bytes()))
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name in WORKS:
        for journal in JOURNALS:
            compare(name, journal, given)


if __name__ == "__main__":
    main()
