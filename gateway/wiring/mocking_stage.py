"""The stage of mocks alone: where each listens, whom it calls, what lies before it."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gateway.domain.unreadable import unreadable
from gateway.mockagency.faults_reading import read_plan
from gateway.wiring import free_ports, kit_mocks
from gateway.wiring.secrets import make_mock_secrets
from gateway.wiring.stage import CONFIG, EXAMPLES, Stage
from gateway.wiring.stage_platforms import ADAPTER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Where they listen unless told: known ports, each its own.
FIRST_PORT = 8511
#: Platform → the mock that plays it; both stand before whoever takes calls.
PLATFORMS = {"lgsp": "lgsp", "xroad": "xroad"}
#: Who takes calls that a platform carries.
CALLED = ("land_registry", "tax", "civil_registry", "electricity", "open")
KEYS = ("lgsp.consumer_key", "lgsp.consumer_secret")
#: Where a gateway on this machine takes the agencies' calls, and its pages are.
CALLBACKS = "http://127.0.0.1:8401"
FRONT = "http://127.0.0.1:8400"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What whoever starts mocks asks for."""

    names: Sequence[str] = ()
    #: empty: all of them
    host: str = "127.0.0.1"
    port: int | None = None
    #: of the first one, the others follow; 0: any free ones; None: the known ones
    callbacks: str = CALLBACKS
    front: str = FRONT
    start: str = ""
    #: where virtual time begins; empty: real time
    seed: int = 0
    journal: bool = False
    scenarios: Path | None = None
    faults: Path | None = None
    behaviour: str = ""


@dataclass
class MockStage(Stage):
    """A stage without a gateway: what stands for it is an address that was given."""

    wanted: Wanted = field(default_factory=Wanted)
    alone: tuple[str, ...] = ()
    #: mocks that no office of the configuration names

    def url(self, name: str) -> str:
        """Base URL of a mock, or of the gateway's two sides."""
        if name == "agencies":
            return self.wanted.callbacks.rstrip("/")
        if name == "front":
            return self.wanted.front.rstrip("/")
        host = self.wanted.host
        reached = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(  # noqa: S104
            host, f"[{host}]" if ":" in host else host
        )
        return f"http://{reached}:{self.ports[name]}"

    def _choose_ports(self, *, fixed: bool) -> None:  # noqa: ARG002  the base's word
        self.platforms = dict(PLATFORMS)
        self.alone = tuple(
            name
            for name in self.wanted.names
            if name not in self.mocks and name in kit_mocks.with_mocks()
        )
        self.mocks = (*self.mocks, *self.alone)
        everybody = (*self.mocks, *self.platforms)
        wanted = self.wanted
        chosen = [one for one in everybody if one in wanted.names] or list(everybody)
        for side, address in (("front", wanted.front), ("agencies", wanted.callbacks)):
            self.ports[side] = urlsplit(address).port or 443
        for at, name in enumerate(everybody):
            port = FIRST_PORT + at
            if wanted.port and name in chosen:
                port = wanted.port + chosen.index(name)
                _must_be_free(port, name)
            elif wanted.port is not None or not free_ports.is_free(port):
                port = free_ports.free_port()
            self.ports[name] = free_ports.give(port)


def prepared(run_dir: Path, wanted: Wanted) -> MockStage:
    """The stage with its files written.

    Raises:
        ValueError: a mock, a port or a file that was named is none.
    """
    examples = wanted.scenarios or (EXAMPLES if EXAMPLES.is_dir() else None)
    stage = MockStage(run_dir, config=CONFIG, examples=examples, wanted=wanted)
    stage.prepare(fixed_ports=True)
    known = (*stage.mocks, *stage.platforms)
    for name in wanted.names:
        if name not in known:
            raise ValueError(f"Không có cơ quan {name}; có: {', '.join(known)}")
    for name in stage.alone:
        stage.add_mock(name)
    told = json.loads(stage.mocks_path.read_text("utf-8"))
    told |= _platforms(stage)
    told["seed"] = wanted.seed
    told["journal"] = {"file": wanted.journal}
    if wanted.faults is not None:
        told["fault"] = _tables(wanted.faults, "fault")
        # The file itself is named by what is wrong in it.
        told["seed"] = wanted.seed or read_plan(wanted.faults).seed or 0
    if wanted.behaviour not in {"", "off"}:
        told["behaviour"] = behaviour(wanted.behaviour, wanted.seed)
    chosen = wanted.names or known
    listening = {name: stage.url(name) for name in known if name in chosen}
    told["around"] |= {"mocks": listening, "clock": list(listening.values())}
    text = json.dumps(told, ensure_ascii=False, indent=1, default=str)
    stage.mocks_path.write_text(text, "utf-8")
    return stage


def behaviour(said: str, seed: int) -> dict[str, str]:
    """``on``: as each agency's folder ships it; else a folder that stands in for some.

    Raises:
        ValueError: there is no such folder.
    """
    told = {"seed": str(seed)}
    if said == "on":
        return told
    if not Path(said).is_dir():
        raise ValueError(f"--behaviour là on, off hoặc một thư mục; không có {said}.")
    return {**told, "folder": str(Path(said).resolve())}


def _must_be_free(port: int, name: str) -> None:
    if port > 65535 or not free_ports.is_free(port):
        raise ValueError(
            f"Cổng {port} (cho {name}) đang có chương trình khác dùng hoặc không có:"
            " chọn --port khác, hoặc --port 0 để lấy cổng trống."
        )


def _platforms(stage: MockStage) -> dict[str, Any]:
    """Both platforms with whoever takes calls behind them."""
    behind = [name for name in CALLED if name in stage.mocks]
    key, secret = (_own_secrets(stage)[name] for name in KEYS)
    return {
        "lgsp": {
            "consumer": [{"key": key, "secret": secret}],
            "service": [
                {"name": one, "prefix": f"/{one}/1.0", "backends": [stage.url(one)]}
                for one in behind
            ],
        },
        "xroad": {
            "adapter": ADAPTER,
            "destination": [
                {"dstcode": f"VN:GOV:MAU:{one}", "backend": stage.url(one)}
                for one in behind
            ],
        },
    }


def _own_secrets(stage: MockStage) -> Mapping[str, str]:
    make_mock_secrets(stage.run_dir / "keys", KEYS, ())
    return {name: stage.secrets.value(name) for name in KEYS}


def _tables(path: Path, name: str) -> list[dict[str, Any]]:
    """The ``[[name]]`` tables of a file.

    Raises:
        ValueError: it has none.
    """
    found = _read(path).get(name)
    if not isinstance(found, list) or not found:
        raise ValueError(f"{path}: không có bảng [[{name}]] nào.")
    return found


def _read(path: Path) -> dict[str, Any]:
    """A TOML or JSON file.

    Raises:
        ValueError: it is neither.
    """
    try:
        text = path.read_text("utf-8")
        found: dict[str, Any] = (
            json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
        )
    except ValueError as wrong:
        raise ValueError(f"{path} {unreadable(wrong)}") from wrong
    return found
