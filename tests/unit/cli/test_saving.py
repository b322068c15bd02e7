"""A file that a command writes is whole, or not there."""

import errno
from pathlib import Path

import pytest

from gateway.cli.saving import OWNER_ONLY, save


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "bao-cao.xlsx"
    save(out, b"old")

    def full(_self: Path, _target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="bao-cao"):
        save(out, b"new")
    assert out.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [out]


def test_what_nobody_else_may_read_is_written_for_its_owner_only(
    tmp_path: Path,
) -> None:
    save(tmp_path / "a", b"", OWNER_ONLY)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
