"""The roads by which people are told of alerts, by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.carriers.webhook import Address, HTTPPoster
from gateway.domain.alert import Severity
from gateway.watch.channels import MailChannel, Recipients, WebhookChannel
from gateway.watch.heartbeat import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.carriers.ground import Ground
    from gateway.ports.alerts import Channel
    from gateway.ports.mail import Mailer
    from gateway.settings import AlertSettings
    from gateway.watch.alerts import Means
    from gateway.watch.channel_health import ChannelHealth
    from gateway.watch.engine import Engine
    from gateway.watch.readiness import Readiness


def channels_of(
    given: AlertSettings, mailer: Mailer | None, page: str, ground: Ground
) -> Iterator[Channel]:
    """Mail and webhook, as far as they are set."""
    if mailer is not None and given.has_mail:
        to = Recipients(given.mail.critical, given.mail.warning, given.mail.info)
        yield MailChannel(mailer, to, page)
    if given.webhook is not None:
        hook = given.webhook
        poster = HTTPPoster(Address(hook.url, hook.secret(), hook.authorities, ground))
        yield WebhookChannel(poster, Severity(hook.least), page)


def heartbeat_of(
    given: AlertSettings,
    means: Means,
    health: ChannelHealth,
    engine: Engine,
    readiness: Readiness,
    ground: Ground,
) -> Heartbeat | None:
    """Who calls an address outside while all is well; None: nobody."""
    if given.heartbeat is None:
        return None

    async def ailing() -> bool:
        return bool(engine.standing or await readiness.why_not())

    address = Address(given.heartbeat.url, "", given.heartbeat.authorities, ground)
    return Heartbeat(
        means,
        HTTPPoster(address),
        health,
        every_s=given.heartbeat.every_s,
        ailing=ailing,
    )
