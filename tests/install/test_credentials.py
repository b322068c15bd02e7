"""A password that systemd hands to the service is read; one that others read is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.settings import own_secret


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "postgresql.password"
    path.write_text("mật khẩu\n", "utf-8")
    return path


@pytest.mark.parametrize("mode", [0o400, 0o440])
def test_what_systemd_hands_over_is_read(
    secret: Path, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secret.parent))
    secret.chmod(mode)
    assert own_secret(secret) == "mật khẩu"


def test_what_anybody_may_read_is_refused_there_too(
    secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secret.parent))
    secret.chmod(0o404)
    with pytest.raises(ValueError, match="người khác đọc được"):
        own_secret(secret)


@pytest.mark.parametrize("mode", [0o440, 0o404])
def test_elsewhere_a_group_may_not_read_it(
    secret: Path, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secret.parent / "other"))
    secret.chmod(mode)
    with pytest.raises(ValueError, match="người khác đọc được"):
        own_secret(secret)
