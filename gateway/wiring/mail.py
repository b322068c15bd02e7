"""The mail server of the settings, and what sends by it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from gateway.carriers.ground import LOCAL
from gateway.carriers.smtp import Server, SMTPMailer
from gateway.ports.chases import Chasing
from gateway.ports.contests import Contests
from gateway.ports.stuck import Stuck
from gateway.reports.due_weeks import Rhythm
from gateway.watch.channels import WatchedMailer
from gateway.wiring.grounds import own_ground

if TYPE_CHECKING:
    from gateway.carriers.ground import Ground
    from gateway.ports.chases import ChaseStore
    from gateway.ports.contests import ContestStore
    from gateway.ports.mail import Mailer
    from gateway.ports.stuck import StuckStore
    from gateway.settings import MailSettings, Settings
    from gateway.watch.channel_health import ChannelHealth


def mailer_of(mail: MailSettings, ground: Ground = LOCAL) -> Mailer:
    """What hands mails to the server.

    Raises:
        ValueError: others may read the file of its password.
    """
    return SMTPMailer(
        Server(
            host=mail.host,
            port=mail.port,
            sender=mail.sender,
            security=mail.security,
            user=mail.user,
            password=mail.password(),
            authorities=mail.authorities,
            ground=ground,
        )
    )


def watched(
    mail: MailSettings | None, health: ChannelHealth, ground: Ground = LOCAL
) -> WatchedMailer | None:
    """The mail server of the settings, of which it is known whether it works."""
    return None if mail is None else WatchedMailer(mailer_of(mail, ground), health)


def rhythm_of(mail: MailSettings | None) -> Rhythm | None:
    """When weekly letters are sent; None: none are."""
    if mail is None or not mail.weekly.send:
        return None
    return Rhythm(mail.weekly.day, mail.weekly.at)


def chasing(settings: Settings, kept: ChaseStore, health: ChannelHealth) -> Chasing:
    """What chasing works with; reminders are mailed where a server is named."""
    mailer = watched(settings.mail, health)
    given = settings.chase
    return Chasing(kept, mailer, given.answer_days, given.mails_a_day)


def contests_of(
    settings: Settings, kept: ContestStore, upgraded: str | None
) -> Contests:
    """What contesting works with; offices are mailed where a server and a page are named.

    ``upgraded``: the day on which a store with a history learned of this; the settings
    may say another day.
    """
    mail, given = settings.mail, settings.lateness
    since = given.since or (date.fromisoformat(upgraded) if upgraded else None)
    ground = own_ground(settings)
    mailer = mailer_of(mail, ground) if mail and mail.page else None
    return Contests(kept, mailer, given.days, given.answer_days, since)


def stuck_of(settings: Settings, kept: StuckStore) -> Stuck:
    """What lists of what stands still work with."""
    given = settings.stuck
    return Stuck(kept, given.silence_days, given.question_days, given.office_hours)
