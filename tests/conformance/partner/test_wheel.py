"""The kit works from the wheel, where no repository is and nothing can be fetched."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as an installer does."""
    made = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(made)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = made.glob("*.whl")
    place = made / "site"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(place)
    return place


def lienthong(
    installed: Path, where: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "gateway", "conformance", *arguments],
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_whole_role_is_tried_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    assert not (installed / "schemas").exists()
    result = lienthong(
        *(installed, tmp_path, "run", "--agency", "electricity", "--role", "client"),
        *("--against", "mock", "--report", "bao-cao"),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert (tmp_path / "bao-cao" / "bien-ban.electricity.client.docx").is_file()


def test_documents_and_schemas_come_with_the_wheel(
    installed: Path, tmp_path: Path
) -> None:
    arguments = ("documents", "--agency", "electricity", "--out", "tai-lieu")
    result = lienthong(installed, tmp_path, *arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    out = tmp_path / "tai-lieu"
    for name in (
        "electricity.preset.toml",
        "docs/agencies/electricity.vi.md",
        "docs/conformance/electricity.vi.md",
        "docs/conformance/README.vi.md",
        "schemas/agencies/electricity/requirements.toml",
        "schemas/agencies/electricity/samples/CapNhatTienDo.json",
    ):
        assert (out / name).is_file(), name
    again = lienthong(installed, tmp_path, *arguments)
    assert again.returncode == 1
    assert "đã có" in again.stderr
