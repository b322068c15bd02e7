"""The zip runs with Python alone; what it brings along is what a run against an address needs."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
#: What Windows does not have, and modules of ours that cannot be imported there.
NOT_ON_WINDOWS = {"resource", "uvloop", "gateway.store", "gateway.vault"}
LOOK = """
import json, runpy, sys
from importlib.metadata import packages_distributions
sys.argv = ["x", *json.loads(sys.argv[1])]
try:
    runpy.run_module("gateway.cli.conformance_alone", run_name="__main__")
except SystemExit as ended:
    code = ended.code
known = packages_distributions()
loaded = {name.partition(".")[0] for name in sys.modules}
found = sorted({one for name in loaded for one in known.get(name, ())})
print("LOADED", json.dumps([code, found, sorted(sys.modules)]))
"""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script that makes the zip."""
    path = ROOT / "scripts" / "conformance_zip.py"
    spec = importlib.util.spec_from_file_location("conformance_zip", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("agency", "against", "ends"),
    [("electricity", "http://127.0.0.1:9", 2), ("water", "file:///khong/co", 1)],
)
def test_a_run_against_an_address_imports_what_the_zip_brings_and_no_more(
    script: ModuleType, tmp_path: Path, agency: str, against: str, ends: int
) -> None:
    arguments = [
        *("run", "--agency", agency, "--role", "server"),
        *("--against", against, "--report", "bao-cao"),
    ]
    result = subprocess.run(
        [sys.executable, "-c", LOOK, json.dumps(arguments)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    code, found, loaded = json.loads(result.stdout.rpartition("LOADED")[2])
    assert code == ends
    own = {"lienthong-gateway", "setuptools"}
    wanted = {re.sub(r"[-_.]+", "-", name).lower() for name in found} - own
    assert wanted - set(script.NEEDED) == set()
    assert NOT_ON_WINDOWS & set(loaded) == set()


def test_what_the_zip_needs_is_locked_with_hashes(script: ModuleType) -> None:
    lines = list(script.needs())
    pinned = [line for line in lines if "==" in line]
    assert {line.partition("==")[0] for line in pinned} == set(script.NEEDED)
    assert all(";" not in line for line in pinned)
    assert sum("--hash=sha256:" in line for line in lines) > len(pinned)


def test_the_zip_starts_from_its_own_folder(script: ModuleType, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    target = tmp_path / "bo-thu.zip"
    script.pack(target, wheels)
    place = tmp_path / "bộ thử"
    with zipfile.ZipFile(target) as kit:
        kit.extractall(place)
        start = kit.read("thu-ket-noi.cmd").decode()
    assert '"%~dp0thu.py" %*' in start
    assert start.count("\r\n") == start.count("\n")
    result = subprocess.run(
        [
            "/bin/sh",
            str(place / "thu-ket-noi.sh"),
            "list",
            "--agency",
            "open",
            "--json",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)[0]["number"].startswith("MO-")
