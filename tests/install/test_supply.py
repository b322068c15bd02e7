"""What the gateway is made of can be listed, and its wheel comes out the same."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


def supply(what: str) -> subprocess.CompletedProcess[str]:
    """One of the script's answers."""
    words = ["sh", "scripts/supply.sh", what]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_locked_package_is_listed_with_its_hashes() -> None:
    ran = supply("sbom")
    assert ran.returncode == 0, ran.stderr[-500:]
    told = json.loads((ROOT / "dist" / "lienthong.cdx.json").read_text("utf-8"))
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    locked = dict(re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", lock))
    listed = {one["name"]: one for one in told["components"]}
    assert {name: one["version"] for name, one in listed.items()} == locked
    hashes = set(re.findall(r"sha256:([0-9a-f]{64})", lock))
    for one in listed.values():
        found = re.findall(r"[0-9a-f]{64}", json.dumps(one))
        assert set(found) & hashes, one["name"]


def test_a_wheel_that_is_built_again_elsewhere_is_the_same() -> None:
    ran = supply("wheel")
    assert ran.returncode == 0, ran.stderr[-500:]
    assert "byte for byte" in ran.stdout


def test_what_it_does_is_said_to_who_asks_for_nothing() -> None:
    ran = supply("")
    assert ran.returncode == 1
    assert "audit" in ran.stdout
