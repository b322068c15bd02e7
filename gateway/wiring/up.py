"""Mock mode on one machine: gateway, mock agencies and example dossiers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from rich.console import Console
from rich.table import Table

from gateway.conformance import examples
from gateway.mockagency import conductor
from gateway.wiring.files import read_folder
from gateway.wiring.secrets import Secrets, make_mock_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "dossiers"
CONFIG = ROOT / "config"
START = "2026-03-10T07:30:00+07:00"
#: Ports that people may note down; free ones are taken when these are not.
PORTS = {"front": 8400, "agencies": 8401}
AGENCIES = ("land_registry", "tax", "one_stop")
#: Files over this size are made in the run folder, not kept in the tree.
READY_S = 30.0
#: Real seconds in which all examples must have come to rest.
LIMIT_S = 120.0
console = Console(highlight=False)


@dataclass
class Stage:
    """Everything that runs, and where it listens."""

    run_dir: Path
    once: bool
    ports: dict[str, int] = field(default_factory=dict)
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)

    def url(self, name: str) -> str:
        """Base URL of a participant."""
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def participants(self) -> list[str]:
        """Everybody who obeys the virtual clock."""
        return [self.url(name) for name in ("front", *AGENCIES)]


def run(run_dir: Path, *, once: bool) -> int:
    """Start everything; with ``once`` all examples to their end. The exit code."""
    return asyncio.run(_run(run_dir.resolve(), once=once))


async def _run(run_dir: Path, *, once: bool) -> int:
    folder = run_dir / "once" if once else run_dir
    if once and folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stage = Stage(folder, once)
    _choose_ports(stage)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        await _start(stage)
        if once:
            return await _once(stage, stop)
        await _live(stage, stop)
        return 0
    finally:
        await _stop(stage)


def _choose_ports(stage: Stage) -> None:
    for name in ("front", "agencies", *AGENCIES):
        wanted = 0 if stage.once else PORTS.get(name, 0)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                probe.bind(("127.0.0.1", 0))
            stage.ports[name] = probe.getsockname()[1]


async def _start(stage: Stage) -> None:
    """Secrets, settings and mock configuration; then the mocks, then the gateway."""
    content = read_folder(CONFIG)
    offices = [
        (agency["agency"]["id"], row)
        for agency in content["agencies"]
        for row in agency.get("office", ())
    ]
    keys = stage.run_dir / "keys"
    make_mock_secrets(keys, _secret_names(offices), _pair_names(offices))
    _write_notes(stage, offices, Secrets(keys))
    clock = "virtual" if stage.once else "real"
    for agency in AGENCIES:
        await _spawn(
            stage,
            "gateway.mockagency",
            *("--agency", agency, "--port", str(stage.ports[agency])),
            *("--config", str(stage.run_dir / "mocks.json")),
            *("--run-dir", str(stage.run_dir), "--clock", clock, "--start", START),
        )
    await _spawn(
        stage, "gateway", "serve", "--settings", str(stage.run_dir / "gateway.toml")
    )


def _secret_names(offices: Iterable[tuple[str, dict[str, Any]]]) -> list[str]:
    names = [
        f"token.{role}" for role in ("administrator", "operator", "reader", "one_stop")
    ]
    for agency, office in offices:
        kind = "webhook" if agency == "one_stop" else "callback"
        names.append(f"{office['id']}.{kind}")
    return names


def _pair_names(offices: Iterable[tuple[str, dict[str, Any]]]) -> list[str]:
    return ["gateway", *(o["id"] for agency, o in offices if agency != "one_stop")]


def _write_notes(
    stage: Stage, offices: list[tuple[str, dict[str, Any]]], secrets: Secrets
) -> None:
    """Settings of the gateway and of the mocks, and where clients find them."""
    clock = f'[clock]\nkind = "virtual"\nstart = "{START}"\n' if stage.once else ""
    addresses = "".join(f'{name} = "{stage.url(name)}"\n' for name in AGENCIES)
    (stage.run_dir / "gateway.toml").write_text(
        f'profile = "mock"\nrun_dir = "{stage.run_dir}"\nconfiguration = "{CONFIG}"\n'
        f"[front]\nport = {stage.ports['front']}\n"
        f"[agencies]\nport = {stage.ports['agencies']}\n"
        f"{clock}[addresses]\n{addresses}",
        "utf-8",
    )
    mocks = mock_settings(stage, offices, secrets)
    path = stage.run_dir / "mocks.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(mocks, ensure_ascii=False, indent=1), "utf-8")
    (stage.run_dir / "address").write_text(stage.url("front"), "utf-8")
    (stage.run_dir / "participants.json").write_text(
        json.dumps(stage.participants), "utf-8"
    )


def mock_settings(
    stage: Stage, offices: list[tuple[str, dict[str, Any]]], secrets: Secrets
) -> dict[str, Any]:
    """What each mock agency is told: addresses, secrets, key files, its own lists."""
    by_agency: dict[str, list[dict[str, Any]]] = {}
    for agency, office in offices:
        by_agency.setdefault(agency, []).append(office)
    land = by_agency["land_registry"]
    keys = secrets.folder
    callbacks = {
        office["id"]: {
            "callback_base": f"{stage.url('agencies')}/callbacks/{office['id']}",
            "callback_secret": secrets.value(f"{office['id']}.callback"),
        }
        for office in land
    }
    return {
        "scenarios": str(EXAMPLES),
        "land_registry": {
            **_land_lists(land),
            **callbacks[land[0]["id"]],
            "offices": callbacks,
            "slip_key": str(keys / f"{land[0]['id']}.key.pem"),
            "slip_certificate": str(keys / f"{land[0]['id']}.cert.pem"),
        },
        "tax": {
            "issuer_certificates": [str(keys / f"{o['id']}.cert.pem") for o in land],
            "gateway_certificate": str(keys / "gateway.cert.pem"),
            "signing_key": str(keys / f"{by_agency['tax'][0]['id']}.key.pem"),
            "signing_certificate": str(keys / f"{by_agency['tax'][0]['id']}.cert.pem"),
        },
        "one_stop": {
            "gateway_base": stage.url("front"),
            "token": secrets.value("token.one_stop"),
            "webhook_secret": secrets.value(
                f"{by_agency['one_stop'][0]['id']}.webhook"
            ),
        },
    }


def _land_lists(land: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "users": sorted(
            {o["land"]["receiver"] for o in land if o["land"].get("receiver")}
        ),
        "cases": {
            c["code"]: {"name": c["name"], "with_tax": c.get("with_tax", "none")}
            for o in land
            for c in o.get("case", ())
        },
        "areas": [
            [row["tinh_id"], row["huyen_id"], row["xa_id"]]
            for o in land
            for row in o.get("area", ())
        ],
    }


async def _spawn(stage: Stage, module: str, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=(stage.run_dir / "log.jsonl").open("ab"),
    )
    stage.processes.append(process)
    assert process.stdout is not None
    async with asyncio.timeout(READY_S):
        while line := (await process.stdout.readline()).decode():
            if "ready" in line:
                return
    message = f"{module} did not start; see {stage.run_dir / 'log.jsonl'}"
    raise RuntimeError(message)


async def _stop(stage: Stage) -> None:
    for process in reversed(stage.processes):
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
    for process in stage.processes:
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()


async def _feed(stage: Stage) -> list[examples.Expected]:
    """Submit every example as the one-stop; what the API refused is told by judging."""
    token = Secrets(stage.run_dir / "keys").value("token.one_stop")
    expected = []
    async with aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {token}"}
    ) as session:
        for folder in sorted(p for p in EXAMPLES.iterdir() if p.is_dir()):
            document = json.loads((folder / "dossier.json").read_text("utf-8"))
            scenario = tomllib.loads((folder / "scenario.toml").read_text("utf-8"))
            await _upload(stage, session, folder, document, scenario)
            async with session.post(
                f"{stage.url('front')}/v1/dossiers", json=document
            ) as answer:
                if answer.status != 202:
                    console.print(f"[red]{folder.name}: {await answer.text()}[/red]")
            expected.append(examples.read(folder, document["number"]))
            async with session.post(
                f"{stage.url('one_stop')}/submitted",
                json={"number": document["number"]},
            ):
                console.print(f"  nộp {document['number']} ({folder.name})")
    return expected


async def _upload(
    stage: Stage,
    session: aiohttp.ClientSession,
    folder: Path,
    document: dict[str, Any],
    scenario: dict[str, Any],
) -> None:
    sizes: dict[str, int] = scenario.get("files", {})
    for paper in document.get("documents", ()):
        for entry in paper.get("files", ()):
            name = entry.pop("part", None)
            if name is None:
                continue
            path = folder / str(name)
            content = path.read_bytes() if path.exists() else _made(sizes[str(name)])
            async with session.post(
                f"{stage.url('front')}/v1/attachments", data=content
            ) as answer:
                entry["sha256"] = (await answer.json())["sha256"]


def _made(size: int) -> bytes:
    """Deterministic bytes for a file that is too large to keep in the tree."""
    block = bytes(range(256)) * 4096
    return (b"%PDF-1.4\n" + block * (size // len(block) + 1))[:size]


async def _once(stage: Stage, stop: asyncio.Event) -> int:
    expected = await _feed(stage)

    async def stopped() -> bool:
        return stop.is_set()

    async with asyncio.timeout(LIMIT_S):
        await conductor.run(stage.participants, until=stopped)
    verdicts = await judge_all(stage, expected)
    _print(verdicts)
    as_expected = sum(not v.differences for v in verdicts)
    stuck, lost = sum(v.stuck for v in verdicts), sum(v.lost for v in verdicts)
    console.print(
        f"{len(verdicts)} dossiers: {as_expected} ended as expected,"
        f" {stuck} stuck, {lost} lost"
    )
    return 0 if as_expected == len(verdicts) and not stuck and not lost else 1


async def judge_all(
    stage: Stage, expected: list[examples.Expected]
) -> list[examples.Verdict]:
    """Hold store and books against every expectation."""
    token = Secrets(stage.run_dir / "keys").value("token.operator")
    books = [line for agency in AGENCIES for line in _book(stage, agency)]
    verdicts = []
    async with aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {token}"}
    ) as session:
        for one in expected:
            async with session.get(
                f"{stage.url('front')}/v1/dossiers/{one.number}"
            ) as answer:
                shown = await answer.json() if answer.status == 200 else None
            own = [line for line in books if line["number"] == one.number]
            verdicts.append(examples.judge(one, shown, own))
    return verdicts


def _book(stage: Stage, agency: str) -> list[dict[str, Any]]:
    path = stage.run_dir / "books" / f"{agency}.effects.jsonl"
    if not path.exists():
        return []
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [{**line, "agency": agency} for line in lines]


def _print(verdicts: list[examples.Verdict]) -> None:
    table = Table(title="Hồ sơ ví dụ", title_justify="left")
    for heading in ("Ví dụ", "Mã hồ sơ", "Kết thúc", "So với expected.toml"):
        table.add_column(heading, overflow="fold")
    for verdict in verdicts:
        told = "\n".join(verdict.differences) or "[green]đúng[/green]"
        table.add_row(verdict.name, verdict.number, verdict.end, told)
    console.print(table)


async def _live(stage: Stage, stop: asyncio.Event) -> None:
    console.print(f"Cổng liên thông: {stage.url('front')}")
    token = Secrets(stage.run_dir / "keys").value("token.operator")
    console.print(f"Mã truy cập (vận hành, chỉ dùng trên máy này): {token}")
    await _feed(stage)
    console.print(
        "Ctrl-C để dừng. Diễn biến: lienthong dossier list, hoặc mở trang trên."
    )
    await stop.wait()


def run_one_mock(agency: str, port: int) -> None:
    """One mock agency alone, with the notes of the run folder."""
    folder = Path(os.environ.get("LIENTHONG_RUN_DIR", ".run")).resolve()
    os.execv(  # noqa: S606  our own interpreter and module
        sys.executable,
        [
            *(sys.executable, "-m", "gateway.mockagency", "--agency", agency),
            *("--port", str(port), "--config", str(folder / "mocks.json")),
            *("--run-dir", str(folder), "--clock", "real", "--start", START),
        ],
    )
