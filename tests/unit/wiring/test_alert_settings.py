"""To whom alerts go is read at the door, and what is wrong is refused there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from gateway.domain.alert import Severity
from gateway.settings import AlertSettings, AlertWebhook, Settings
from gateway.watch.channels import Recipients

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "mot-khoa-bi-mat-du-dai-de-ky"


def hook(tmp_path: Path, secret: str = SECRET, mode: int = 0o600) -> AlertWebhook:
    path = tmp_path / "secret"
    path.touch(mode=mode)
    path.chmod(mode)
    path.write_text(secret + "\n", "utf-8")
    values = {"url": "https://nhan.example/canh-bao", "secret_file": path}
    return AlertWebhook.model_validate(values)


def test_without_anything_the_log_alone_tells() -> None:
    given = AlertSettings()
    assert (given.webhook, given.heartbeat, given.has_mail) == (None, None, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"disk_warning": 95},
        {"parked_hours": 0},
        {"digest_at": "25:00"},
        {"mail": {"critical": ["không phải địa chỉ"]}},
        {"mail": {"critical": ["a@b.example, c@d.example"]}},
        {"mail": {"loud": ["a@b.example"]}},
        {"heartbeat": {"url": "ftp://theo-doi.example"}},
        {"heartbeat": {"url": "https://theo-doi.example", "every_s": 0}},
        {"webhook": {"url": "https://nhan.example"}},
        {"awake": {"from": "07:00"}},
    ],
)
def test_what_is_wrong_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AlertSettings.model_validate(wrong)


def test_mail_to_people_needs_a_server(tmp_path: Path) -> None:
    alerts = {"mail": {"critical": ["a@b.example"]}}
    with pytest.raises(ValidationError, match=r"máy chủ thư ở \[mail\]"):
        Settings.model_validate({"run_dir": tmp_path, "alerts": alerts})


def test_the_secret_of_the_webhook_is_its_owners_long_and_shown_nowhere(
    tmp_path: Path,
) -> None:
    given = hook(tmp_path)
    assert given.secret() == SECRET
    assert SECRET not in repr(given)
    with pytest.raises(ValueError, match="chmod 600"):
        hook(tmp_path, mode=0o640).secret()
    with pytest.raises(ValueError, match="ít nhất 24"):
        hook(tmp_path, "short").secret()


def test_everybody_is_told_from_a_severity_on_and_nobody_twice() -> None:
    to = Recipients(critical=("head",), warning=("desk", "head"), info=("log",))
    assert to.of(Severity.INFO) == ("log",)
    assert to.of(Severity.WARNING) == ("log", "desk", "head")
    assert to.of(Severity.CRITICAL) == to.all == ("log", "desk", "head")
    assert Recipients(critical=("head",)).of(Severity.WARNING) == ()
