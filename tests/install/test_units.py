"""The units that ship are taken by systemd, shut in, and start what there is."""

from __future__ import annotations

import configparser
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from gateway.cli.commands import app
from gateway.relay import settings as relay_settings
from gateway.settings import Settings
from gateway.wiring.listening import STOP_S

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
TIMERS = sorted((ROOT / "deploy" / "systemd").glob("*.timer"))
PROGRAM = "/opt/lienthong/current/bin/lienthong"
#: Systemd's own scale: 0 nothing can be done from it, 10 everything.
MOST_EXPOSED = 2.0


@pytest.fixture
def placed(tmp_path: Path) -> Path:
    """The units with a program that is there."""
    for path in (*UNITS, *TIMERS):
        text = path.read_text("utf-8").replace(PROGRAM, "/bin/true")
        # The user is made where it is installed.
        text = re.sub(r"(?m)^(User|Group)=lienthong(-relay)?$", r"\1=root", text)
        (tmp_path / path.name).write_text(text, "utf-8")
    return tmp_path


def section(path: Path) -> configparser.SectionProxy:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(path.read_text("utf-8"))
    return read["Service"]


def seconds(text: str) -> float:
    unit = {"h": 3600.0, "min": 60.0, "": 1.0}
    found = re.fullmatch(r"(\d+)(h|min|)", text)
    assert found, text
    return int(found[1]) * unit[found[2]]


@pytest.mark.system
def test_systemd_finds_nothing_wrong_with_any_unit(placed: Path) -> None:
    names = [
        str(placed / path.name.replace("@.", "@nut-1.")) for path in (*UNITS, *TIMERS)
    ]
    assert len(names) >= 5
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if "lienthong" in line]
    assert (done.returncode, said) == (0, [])


@pytest.mark.system
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: str(path.name))
def test_a_service_is_shut_in(unit: Path, placed: Path) -> None:
    name = placed / unit.name.replace("@.", "@nut-1.")
    (placed / unit.name).rename(name)
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(name)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"exposure level for \S+: (\d+\.\d+)", done.stdout)
    assert found, done.stdout + done.stderr
    # It runs as its own user where it is installed; root here costs some of this.
    assert float(found[1]) <= MOST_EXPOSED


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: str(path.name))
def test_a_unit_starts_a_command_with_options_that_it_has(unit: Path) -> None:
    program, *words = shlex.split(section(unit)["ExecStart"])
    assert program == PROGRAM
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    command = root.commands[words[0]]
    known = {name for one in command.params for name in one.opts}
    asked = {word for word in words if word.startswith("--")}
    assert asked
    assert asked <= known


@pytest.mark.parametrize("name", ["lienthong.service", "lienthong@.service"])
def test_systemd_waits_longer_than_a_gateway_needs_to_stop(name: str) -> None:
    fields = Settings.model_fields
    longest = next(one.le for one in fields["drain_s"].metadata if hasattr(one, "le"))
    drain = fields["stop_s"].default + longest
    stop = seconds(section(ROOT / "deploy" / "systemd" / name)["TimeoutStopSec"])
    assert stop > drain + 2 * STOP_S


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: str(path.name))
def test_no_service_may_become_root_or_write_elsewhere(unit: Path) -> None:
    service = section(unit)
    outer = unit.stem == "lienthong-relay"
    user = "lienthong-relay" if outer else "lienthong"
    assert (service["User"], service["NoNewPrivileges"]) == (user, "yes")
    # The relay keeps nothing.
    kept = service.get("StateDirectoryMode"), service.get("StateDirectory") is None
    assert kept == ((None, True) if outer else ("0700", kept[1]))
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""


def test_the_relay_sees_nothing_of_a_gateway_on_the_same_machine() -> None:
    service = section(ROOT / "deploy" / "systemd" / "lienthong-relay.service")
    hidden = {one.removeprefix("-") for one in service["InaccessiblePaths"].split()}
    assert hidden == {"/var/lib/lienthong", "/etc/lienthong", "/var/backups/lienthong"}
    assert "Credential" not in "".join(service)


def test_the_shipped_settings_of_the_relay_can_be_read() -> None:
    given = relay_settings.load(ROOT / "deploy" / "relay.toml")
    assert given.limits == relay_settings.Limits()
    assert given.core.connect_s == 3.0
    path = "/etc/lienthong-relay/"
    keys = (given.core.key, given.core.certificate, given.core.authorities, given.table)
    assert all(str(one).startswith(path) for one in keys)
    assert (
        f"{path}relay.toml"
        in section(ROOT / "deploy" / "systemd" / "lienthong-relay.service")["ExecStart"]
    )
