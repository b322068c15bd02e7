"""The roads by which alerts are told, for whoever asks about them or tries them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.domain.alert import Severity, What
from gateway.domain.errors import MailNotSent, NoticeNotTaken
from gateway.ports.alerts import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.ports.alerts import AlertStore, Channel
    from gateway.watch.alerts import Means
    from gateway.watch.channel_health import ChannelHealth

_TEST = "Thư thử: cổng liên thông gửi được cảnh báo đến đây."


@dataclass(frozen=True, slots=True)
class Roads:
    """What is configured, and what is known of it."""

    means: Means
    channels: Sequence[Channel]
    health: ChannelHealth

    @property
    def store(self) -> AlertStore:
        """Where alerts are kept."""
        return self.means.store

    async def try_all(self) -> list[dict[str, Any]]:
        """Tell a test on each road, past the books; what became of it."""
        self.means.probe.action(action="alert_test")
        found: list[dict[str, Any]] = [{"channel": "log", "told": True, "code": None}]
        for channel in self.channels:
            code = await self._try(channel)
            told = {"channel": channel.name, "told": code is None, "code": code}
            found.append(told)
        return found

    async def _try(self, channel: Channel) -> str | None:
        now = self.means.clock.now()
        name = self.means.chance.identifier("al")
        notice = Notice(
            id=f"test.{name}.{channel.name}",
            alert_id=name,
            place=1,
            channel=channel.name,
            what=What.TEST,
            at=now,
            due_at=now,
            content={"reason": _TEST, "severity": Severity.INFO.value},
        )
        try:
            await channel.tell([notice])
        except (MailNotSent, NoticeNotTaken) as error:
            self.means.probe.trouble(f"watch.roads.{channel.name}", error)
            await self.health.failed(channel.name, error.code)
            return error.code
        await self.health.works(channel.name)
        return None
