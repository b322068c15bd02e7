"""The watchdog: on another machine, asks gateways whether they are there, tells if not.

It brings nothing of a server along: no store, no listener, no asynchronous client.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import ssl
import tomllib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.carriers.smtp import Server, SMTPMailer
from gateway.carriers.webhook import Address, HTTPPoster
from gateway.disk import durable
from gateway.domain.alert import Alert, Holding, Severity, What
from gateway.domain.errors import MailNotSent, NoticeNotTaken
from gateway.ports.alerts import Notice
from gateway.settings import AlertWebhook, MailSettings
from gateway.watch.alerts import content_of
from gateway.watch.channels import MailChannel, Recipients, WebhookChannel, at
from gateway.watch.outside import (
    Sighting,
    after_look,
    after_word,
    owed,
    settled,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.ports.alerts import Channel

#: More than this of an answer is not read.
_ANSWER_BYTES = 64 * 1024
_NEXT = (
    "Xem máy chủ và mạng; khởi động lại dịch vụ cổng. Trong lúc này một cửa giữ hồ sơ"
    " và gửi lại, không hồ sơ nào đã nhận bị mất."
)


class Watched(BaseModel):
    """One listener of a gateway."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    url: str = Field(pattern=r"^https?://[^\s/]+")
    ready: bool = True
    #: false: any answer will do, as of the listener of agencies
    authorities: Path | None = None


class WatchdogMail(MailSettings):
    """A mail server, and who is told."""

    to: Annotated[tuple[str, ...], Field(min_length=1)]


class WatchdogSettings(BaseModel):
    """What is asked, how often it may fail, and who is told."""

    model_config = ConfigDict(extra="forbid")

    state: Path
    #: file in which it remembers what it saw
    after: int = Field(default=3, ge=1)
    timeout_s: float = Field(default=10.0, gt=0)
    gateway: Annotated[tuple[Watched, ...], Field(min_length=1)]
    mail: WatchdogMail | None = None
    webhook: AlertWebhook | None = None

    @model_validator(mode="after")
    def _somebody_is_told(self) -> WatchdogSettings:
        if self.mail is None and self.webhook is None:
            raise ValueError("cần [mail] hoặc [webhook]")
        if len({one.name for one in self.gateway}) < len(self.gateway):
            raise ValueError("hai mục [[gateway]] trùng name: đặt tên khác nhau")
        return self


@dataclass(frozen=True, slots=True)
class Seen:
    """One listener after a look, for whoever started it."""

    name: str
    down: bool
    why: str
    since: datetime | None
    untold: tuple[str, ...] = ()
    #: roads that did not take what they are owed


def load(path: Path) -> WatchdogSettings:
    """Read a TOML file.

    Raises:
        ValueError: a key is unknown or wrong.
    """
    try:
        return WatchdogSettings.model_validate(
            tomllib.loads(path.read_text("utf-8-sig"))
        )
    except ValueError as wrong:
        wrong.add_note(str(path))  # which file it was, for whoever tells of it
        raise


def look(settings: WatchdogSettings) -> list[Seen]:
    """Ask each once, tell what is owed, remember it.

    What was told is remembered afterwards: whoever dies in between tells it twice.

    Raises:
        ValueError: a secret can be read by others.
    """
    channels = {one.name: one for one in _channels(settings)}
    known = _remembered(settings.state)
    found: list[Seen] = []
    kept: dict[str, Sighting] = {}
    for target in settings.gateway:
        now, why = datetime.now(UTC), ask(target, settings.timeout_s)
        before = known.get(target.name, Sighting())
        seen = after_look(before, why, now, settings.after)
        untold = []
        for road, what in list(owed(seen, channels, settings.after)):
            if _told(channels[road], target, seen, what, now):
                seen = after_word(seen, road, what)
                _remember(settings.state, {**known, **kept, target.name: seen})
            else:
                untold.append(road)
        seen = settled(seen, settings.after)
        kept[target.name] = seen
        down = bool(why) and seen.down
        found.append(Seen(target.name, down, why, seen.since, tuple(untold)))
    _remember(settings.state, kept)
    return found


def ask(target: Watched, timeout_s: float) -> str:
    """What is wrong with a listener, in words; empty: it answers as it should."""
    where = urlsplit(target.url)
    path = where.path or "/"
    path += f"?{where.query}" if where.query else ""
    connection = _connection(target, timeout_s)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read(_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as wrong:
        return f"không kết nối được ({type(wrong).__name__})"
    finally:
        connection.close()
    if target.ready:
        return _unready(answer.status, body)
    return f"trả lời mã {answer.status}" if answer.status >= 500 else ""


def _connection(target: Watched, timeout_s: float) -> http.client.HTTPConnection:
    where = urlsplit(target.url)
    host = where.hostname or ""
    if where.scheme != "https":
        return http.client.HTTPConnection(host, where.port, timeout=timeout_s)
    own = str(target.authorities) if target.authorities else None
    context = ssl.create_default_context(cafile=own)
    return http.client.HTTPSConnection(
        host, where.port, timeout=timeout_s, context=context
    )


def _unready(status: int, body: bytes) -> str:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        return f"trả lời mã {status}, không phải câu trả lời của cổng"
    if status == 200 and answer.get("ready") is True:
        return ""
    return str(answer.get("why") or f"trả lời chưa sẵn sàng (mã {status})")[:300]


def _channels(settings: WatchdogSettings) -> Iterator[Channel]:
    if settings.mail is not None:
        mail = settings.mail
        server = Server(
            host=mail.host,
            port=mail.port,
            sender=mail.sender,
            security=mail.security,
            user=mail.user,
            password=mail.password(),
            authorities=mail.authorities,
        )
        to = Recipients(critical=mail.to)
        yield MailChannel(SMTPMailer(server), to, mail.page.rstrip("/"))
    if settings.webhook is not None:
        hook = settings.webhook
        address = Address(hook.url, hook.secret(), hook.authorities)
        yield WebhookChannel(HTTPPoster(address), Severity(hook.least), "")


def _told(
    channel: Channel, target: Watched, seen: Sighting, what: What, now: datetime
) -> bool:
    """Whether a road took word of a listener."""
    since = seen.since or now
    holding = Holding(
        kind="gateway_away",
        subject=target.name,
        severity=Severity.CRITICAL,
        since=since,
        reason=f"{target.name} không làm việc từ {at(since)}: {seen.why}",
        next_action=_NEXT,
    )
    # Two looks at one onset have one name for it, so that a repeat is seen as one.
    name = f"watchdog.{int(since.timestamp())}.{target.name.encode().hex()[:24]}"
    alert = Alert(
        name,
        1,
        "watchdog",
        holding,
        since,
        told_at=now,
        told_severity=Severity.CRITICAL,
        ended_at=seen.back_at if what is What.ENDED else None,
    )
    notice = Notice(
        id=f"{name}.{what}",
        alert_id=name,
        place=1,
        channel=channel.name,
        what=what,
        at=now,
        due_at=now,
        content=content_of(alert),
    )
    try:
        asyncio.run(_tell(channel, [notice]))
    except (MailNotSent, NoticeNotTaken):
        return False
    return True


async def _tell(channel: Channel, batch: Sequence[Notice]) -> None:
    await channel.tell(batch)


def _remembered(path: Path) -> dict[str, Sighting]:
    """What was seen before; nothing when the file is not there or not ours."""
    try:
        rows: Any = json.loads(path.read_text("utf-8"))
        return {name: _sighting(row) for name, row in rows.items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError, KeyError):
        return {}


def _sighting(row: Mapping[str, Any]) -> Sighting:
    moments = {
        name: datetime.fromisoformat(row[name]) if row[name] else None
        for name in ("since", "back_at")
    }
    return Sighting(**{**row, **moments, "knows": frozenset(row["knows"])})


def _remember(path: Path, seen: Mapping[str, Sighting]) -> None:
    rows = {
        name: {
            **asdict(one),
            "since": one.since.isoformat() if one.since else None,
            "back_at": one.back_at.isoformat() if one.back_at else None,
            "knows": sorted(one.knows),
        }
        for name, one in seen.items()
    }
    durable.replace(path, json.dumps(rows, ensure_ascii=False).encode())
