"""A folder's mock as a counterpart: by virtual time, over TLS, told what the preset says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from aiohttp import web

from gateway.conformance.partner import mock_pairs, mock_tls
from gateway.conformance.partner.acts import ByMock, Control
from gateway.conformance.partner.passing import MockTime
from gateway.conformance.partner.systems import SERVER
from gateway.mockagency.server import MockAgency

if TYPE_CHECKING:
    from gateway.conformance.partner.folder import Folder
    from gateway.conformance.partner.preset import Preset
    from gateway.conforming import Role

#: Tuesday morning, in the clock of the mock.
START = datetime.fromisoformat("2026-03-10T07:30:00+07:00")
LOOPBACK = "127.0.0.1"
#: Below the run's folder: that which a mock without an address shares.
SHARED = "thu-muc"


@dataclass(frozen=True, slots=True)
class Spoiling:
    """What is wrong with a counterpart that the kit has to see through.

    ``host``: of its certificate; ``alter`` may change the mock and what stands before it;
    ``opening``: how its SFTP server is opened otherwise.
    """

    host: str = LOOPBACK
    expired: bool = False
    alter: Callable[[MockAgency, web.Application], None] = lambda _mock, _app: None
    opening: Mapping[str, Any] = field(default_factory=dict)


SOUND = Spoiling()


@dataclass(frozen=True, slots=True)
class Stand:
    """The mock before it listens."""

    folder: Folder
    preset: Preset
    role: Role
    run_dir: Path
    acting: ByMock
    mock: MockAgency

    @property
    def passing(self) -> MockTime:
        """The mock's clock."""
        return MockTime(self.mock.clock)


@asynccontextmanager
async def stand(
    folder: Folder, preset: Preset, role: Role, callback: str
) -> AsyncIterator[Stand]:
    """A mock, not listening yet; ``callback``: where it calls."""
    places = {
        "callback": callback,
        **{f"keys.{name}": value for name, value in preset.keys.items()},
        **{f"codes.{name}": value for name, value in preset.codes.items()},
    }
    with TemporaryDirectory(prefix="conformance-") as made:
        places["folder"] = str(Path(made) / SHARED)
        lie = mock_pairs.make(Path(made), folder.mock_pairs)
        places |= {"pairs": str(lie), "agencies": str(folder.schemas.parent)}
        preset = replace(
            preset,
            files={key: lie / one.name for key, one in folder.usual.files.items()},
        )
        settings: dict[str, Any] = {
            "schemas": str(folder.schemas),
            **_filled(folder.mock_as(role), places),
        }
        acting = ByMock(folder.acts)
        mock = MockAgency(
            folder.kept.folder,
            settings,
            Path(made),
            start=START,
            scenarios=acting,
            faults=[],
        )
        try:
            yield Stand(folder, preset, role, Path(made), acting, mock)
        finally:
            await mock.close()


@asynccontextmanager
async def listening(at: Stand, spoiling: Spoiling = SOUND) -> AsyncIterator[Preset]:
    """The mock at work; the preset that leads to it."""
    app = at.mock.application()
    spoiling.alter(at.mock, app)
    if at.folder.parts:
        async with _sharing(at, spoiling) as found:
            yield found
        return
    tls, ca = mock_tls.server(at.run_dir, spoiling.host, over=spoiling.expired)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, 0, ssl_context=tls).start()
        port = runner.addresses[0][1]
        codes = {f"codes.{name}": value for name, value in at.preset.codes.items()}
        base = f"https://{LOOPBACK}:{port}"
        places = {
            name: base + str(_filled(one.mock_path, codes))
            for name, one in at.folder.systems.items()
        }
        if at.folder.acts_path:
            at.acting.control = Control(f"{base}{at.folder.acts_path}", ca)
        yield replace(
            at.preset,
            server=places.pop(SERVER),
            others=places,
            ca=ca,
            times={**at.preset.times, **at.folder.mock_times},
        )
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _sharing(at: Stand, spoiling: Spoiling) -> AsyncIterator[Preset]:
    """Its folder, over SFTP; nothing listens for calls."""
    from gateway.conformance.partner import mock_sftp  # noqa: PLC0415  few mocks need it

    opened = mock_sftp.serving(at.run_dir / SHARED, at.run_dir, spoiling.opening)
    async with opened as (address, key, host_key):
        yield replace(
            at.preset,
            server=address,
            sftp_key=key,
            host_keys=(host_key,),
            times={**at.preset.times, **at.folder.mock_times},
        )


def _filled(value: Any, places: dict[str, str]) -> Any:
    match value:
        case dict():
            return {key: _filled(one, places) for key, one in value.items()}
        case list():
            return [_filled(one, places) for one in value]
        case str():
            for name, place in places.items():
                value = value.replace(f"{{{name}}}", place)
            return value
        case _:
            return value
