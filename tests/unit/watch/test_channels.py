"""What people read of alerts, who is told, and that a mailer's trouble is known."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gateway.clocks.clock import VirtualClock
from gateway.domain.alert import Severity, What
from gateway.domain.errors import MailNotSent
from gateway.ports.alerts import Notice, Poster
from gateway.ports.mail import Mail, Mailer
from gateway.store.sqlite import SQLiteStore
from gateway.telemetry.probe import StructlogProbe
from gateway.watch.channel_health import ChannelHealth
from gateway.watch.channels import (
    MailChannel,
    Recipients,
    WatchedMailer,
    WebhookChannel,
)

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
PAGE = "https://cong.example"
TO = Recipients(critical=("lanh.dao@a.example",), warning=("van.hanh@a.example",))


@dataclass
class Post(Mailer, Poster):
    """A mailer and an address in memory."""

    mails: list[Mail] = field(default_factory=list)
    bodies: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refuses: bool = False

    async def send(self, mail: Mail) -> int:
        if self.refuses:
            raise MailNotSent
        self.mails.append(mail)
        return 0

    async def post(self, identifier: str, body: bytes) -> None:
        self.bodies.append((identifier, json.loads(body)))


def notice(
    what: What = What.BEGAN,
    severity: Severity = Severity.WARNING,
    name: str = "al_1.2.mail",
    **changed: Any,
) -> Notice:
    content = {
        "severity": severity.value,
        "since": "2026-03-10T00:40:00+00:00",
        "ended_at": "2026-03-10T02:00:00+00:00" if what is What.ENDED else None,
        "reason": "Văn phòng Mẫu: không gửi được",
        "next_action": "Gọi đầu mối kỹ thuật",
        "page": "/console/don-vi#land-1",
        "returns": 0,
        **changed,
    }
    return Notice(name, "al_1", 2, "mail", what, NOW, NOW, content)


async def told(*notices: Notice) -> list[Mail]:
    post = Post()
    channel = MailChannel(post, TO, PAGE)
    for batch in channel.batches(notices):
        await channel.tell(batch)
    return post.mails


async def test_one_alert_is_one_mail_that_says_what_is_to_be_done() -> None:
    (mail,) = await told(notice())
    assert mail.to == ("van.hanh@a.example",)
    assert mail.subject == (
        "[Cổng liên thông] Bắt đầu (cần chú ý): Văn phòng Mẫu: không gửi được"
    )
    assert mail.text.splitlines()[:4] == [
        "BẮT ĐẦU · cần chú ý · từ 07:40 ngày 10/03/2026",
        "Văn phòng Mẫu: không gửi được",
        "Việc cần làm: Gọi đầu mối kỹ thuật",
        "Xem: https://cong.example/console/don-vi#land-1",
    ]


async def test_an_end_says_until_when_and_how_often_it_came_back() -> None:
    (mail,) = await told(notice(What.ENDED, returns=3))
    assert "ĐÃ HẾT · cần chú ý · từ 07:40 ngày 10/03/2026 đến 09:00" in mail.text
    assert "lặp lại 3 lần" in mail.text
    assert "Việc cần làm" not in mail.text


async def test_what_is_due_together_goes_to_the_same_people_in_one_mail() -> None:
    grave = Severity.CRITICAL
    mails = await told(
        notice(),
        notice(severity=grave, name="al_2.2.mail"),
        notice(What.ENDED, name="al_3.4.mail"),
        notice(severity=grave, name="al_4.2.mail"),
    )
    assert [(len(mail.to), mail.subject) for mail in mails] == [
        (1, "[Cổng liên thông] 1 cảnh báo mới, 1 đã hết"),
        (2, "[Cổng liên thông] 2 cảnh báo mới"),
    ]


async def test_the_same_notices_make_a_mail_that_is_seen_to_be_the_same() -> None:
    (first,), (again,) = await told(notice()), await told(notice())
    (other,) = await told(notice(name="al_1.3.mail"))
    assert first.id == again.id
    assert first.id != other.id


async def test_nobody_is_written_to_who_did_not_ask_for_it() -> None:
    channel = MailChannel(Post(), Recipients(critical=("a@b.example",)), PAGE)
    assert not channel.wants(notice())
    assert channel.wants(notice(severity=Severity.CRITICAL))
    assert channel.wants(notice(What.DIGEST))


async def test_a_machine_is_told_the_same_with_the_name_of_the_notice() -> None:
    post = Post()
    channel = WebhookChannel(post, Severity.WARNING, PAGE)
    assert not channel.wants(notice(severity=Severity.INFO))
    for batch in channel.batches([notice(), notice(What.ENDED, name="al_1.3")]):
        await channel.tell(batch)
    (name, body), (_, ended) = post.bodies
    assert (name, body["type"]) == ("al_1.2.mail", "vn.lienthong.alert.began")
    assert body["data"]["link"] == "https://cong.example/console/don-vi#land-1"
    assert body["data"]["reason"] == "Văn phòng Mẫu: không gửi được"
    assert ended["type"] == "vn.lienthong.alert.ended"


@pytest.mark.store
async def test_a_mailer_that_fails_is_known_to_fail_whoever_sends(
    tmp_path: Path,
) -> None:
    store = await SQLiteStore.open(tmp_path / "store.db")
    health = ChannelHealth(store, VirtualClock(NOW), StructlogProbe())
    post = Post(refuses=True)
    mailer = WatchedMailer(post, health)
    mail = Mail(("a@b.example",), "Việc hôm nay", "…")
    for _ in range(2):
        with pytest.raises(MailNotSent):
            await mailer.send(mail)
    assert await store.channels() == {"mail": (NOW, "mail_not_sent")}
    post.refuses = False
    await mailer.send(mail)
    assert (await store.channels(), post.mails) == ({}, [mail])
    await store.close()
