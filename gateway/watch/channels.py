"""The roads by which people learn of alerts: mail and one address of the settings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.alert import SEVERITIES, Severity, What
from gateway.domain.errors import MailNotSent
from gateway.domain.json_text import as_json
from gateway.domain.legal_day import VIETNAM
from gateway.ports.alerts import Channel
from gateway.ports.mail import Mail, Mailer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.ports.alerts import Notice, Poster
    from gateway.watch.channel_health import ChannelHealth

MAIL, WEBHOOK = "mail", "webhook"
#: What the types of a webhook's messages begin with.
_TYPE = "vn.lienthong.alert"
_HEADS = {
    What.BEGAN: "BẮT ĐẦU",
    What.WORSE: "NẶNG HƠN",
    What.ENDED: "ĐÃ HẾT",
    What.TEST: "THƯ THỬ",
}
_FOOT = "Thư tự động, không nêu thông tin cá nhân. Xin không trả lời thư này."


@dataclass(frozen=True, slots=True)
class Recipients:
    """Addresses by the least severity of which they are told."""

    critical: tuple[str, ...] = ()
    warning: tuple[str, ...] = ()
    info: tuple[str, ...] = ()

    def of(self, severity: Severity) -> tuple[str, ...]:
        """Who is told of an alert of that severity."""
        found = [*self.info]
        if severity is not Severity.INFO:
            found += self.warning
        if severity is Severity.CRITICAL:
            found += self.critical
        return tuple(dict.fromkeys(found))

    @property
    def all(self) -> tuple[str, ...]:
        """Everybody."""
        return self.of(Severity.CRITICAL)


class MailChannel(Channel):
    """Mails to addresses by severity; what is due together goes in one mail."""

    def __init__(self, mailer: Mailer, to: Recipients, page: str) -> None:
        """``page``: address of the pages, as people reach them."""
        self._mailer = mailer
        self._to = to
        self._page = page

    @property
    def name(self) -> str:
        """Mail."""
        return MAIL

    def wants(self, notice: Notice) -> bool:
        """Whether it has an address for it."""
        return bool(self._addresses(notice))

    def _addresses(self, notice: Notice) -> tuple[str, ...]:
        if notice.what in {What.DIGEST, What.TEST}:
            return self._to.all
        return self._to.of(Severity(notice.content["severity"]))

    def batches(self, notices: Sequence[Notice]) -> Sequence[Sequence[Notice]]:
        """Those to the same addresses together; a digest is a mail of its own."""
        found: dict[tuple[object, ...], list[Notice]] = {}
        for one in notices:
            alone = one.id if one.what is What.DIGEST else ""
            found.setdefault((alone, self._addresses(one)), []).append(one)
        return list(found.values())

    async def tell(self, batch: Sequence[Notice]) -> None:
        """One mail.

        Raises:
            MailNotSent: the server has not taken it for anybody.
        """
        to = self._addresses(batch[0])
        if not to:
            return
        first = batch[0]
        if first.what is What.DIGEST:
            subject, lines = first.content["title"], first.content["lines"]
        else:
            subject = _subject(batch)
            lines = [line for one in batch for line in (*_lines(one, self._page), "")]
        where = (
            [f"Xem mọi cảnh báo: {self._page}/console/canh-bao", ""]
            if self._page
            else []
        )
        text = "\n".join([*lines, *where, _FOOT]) + "\n"
        # The same notices make the same mail: who gets it twice can see that.
        names = hashlib.sha256(" ".join(one.id for one in batch).encode())
        await self._mailer.send(Mail(to, subject, text, names.hexdigest()[:32]))


class WebhookChannel(Channel):
    """Signed JSON to one address, a call for each notice."""

    def __init__(self, poster: Poster, least: Severity, page: str) -> None:
        """``least``: of what is less grave it is not told."""
        self._poster = poster
        self._least = least
        self._page = page

    @property
    def name(self) -> str:
        """The webhook."""
        return WEBHOOK

    def wants(self, notice: Notice) -> bool:
        """Whether it is grave enough."""
        if notice.what in {What.DIGEST, What.TEST}:
            return True
        return Severity(notice.content["severity"]).rank >= self._least.rank

    def batches(self, notices: Sequence[Notice]) -> Sequence[Sequence[Notice]]:
        """Each by itself: its id is the message's."""
        return [[one] for one in notices]

    async def tell(self, batch: Sequence[Notice]) -> None:
        """One call.

        Raises:
            NoticeNotTaken: the address has not taken it.
        """
        (one,) = batch
        page = one.content.get("page")
        link = f"{self._page}{page}" if self._page and page else None
        body = {
            "type": f"{_TYPE}.{one.what}",
            "timestamp": one.at.isoformat(),
            "data": {**one.content, "link": link},
        }
        await self._poster.post(one.id, as_json(body))


class WatchedMailer(Mailer):
    """A mailer of which it is known whether it works, whoever sends."""

    def __init__(self, mailer: Mailer, health: ChannelHealth) -> None:
        """Stand before a mailer."""
        self._mailer = mailer
        self._health = health

    async def send(self, mail: Mail) -> int:
        """Send, and note how that went.

        Raises:
            MailNotSent: as the mailer says.
        """
        try:
            refused = await self._mailer.send(mail)
        except MailNotSent as error:
            await self._health.failed(MAIL, error.code)
            raise
        await self._health.works(MAIL)
        return refused


def _subject(batch: Sequence[Notice]) -> str:
    if len(batch) == 1:
        (one,) = batch
        if one.what is What.TEST:
            return "[Cổng liên thông] Thư thử của cảnh báo"
        grave = SEVERITIES[Severity(one.content["severity"])]
        head = _HEADS[one.what].capitalize()
        return f"[Cổng liên thông] {head} ({grave}): {one.content['reason']}"[:180]
    ended = sum(one.what is What.ENDED for one in batch)
    parts = [f"{len(batch) - ended} cảnh báo mới"] if len(batch) > ended else []
    parts += [f"{ended} đã hết"] if ended else []
    return f"[Cổng liên thông] {', '.join(parts)}"


def _lines(one: Notice, page: str) -> list[str]:
    """One notice in the words of a mail."""
    content = one.content
    if one.what is What.TEST:
        return [f"{_HEADS[one.what]}: {content['reason']}"]
    grave = SEVERITIES[Severity(content["severity"])]
    head = f"{_HEADS[one.what]} · {grave} · từ {at(content['since'])}"
    if one.what is What.ENDED:
        head += f" đến {at(content['ended_at'])}"
    lines = [head, content["reason"], *returned(content)]
    if one.what is not What.ENDED:
        lines.append(f"Việc cần làm: {content['next_action']}")
    if page and content["page"]:
        lines.append(f"Xem: {page}{content['page']}")
    return lines


def returned(content: Mapping[str, Any]) -> list[str]:
    """How often it went and came back meanwhile."""
    times = content["returns"]
    return [f"Đã hết rồi lặp lại {times} lần trong lúc đó."] if times else []


def at(moment: datetime | str) -> str:
    """A moment as it is said, Vietnam's time."""
    when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{when.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"
