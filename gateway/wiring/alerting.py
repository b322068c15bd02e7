"""What is watched for people, and the roads by which they are told.

A further source is one more ``Source`` in ``_shared`` or ``_local``; a further part of
the digest one more in ``parts``.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509

from gateway.calendar.working_time import working_time
from gateway.chasing.listing import listed
from gateway.delivery.seen import shut_by_plan
from gateway.domain.chase import Standing
from gateway.domain.identifiers import OfficeId
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING
from gateway.evidence.rooting import can_sign
from gateway.evidence.stamping import (
    EVIDENCE_KEY,
    TIMESTAMP,
    no_key,
    stamps_missing,
)
from gateway.ports.alerts import Source
from gateway.reports.due_told import digest_lines
from gateway.reports.due_weeks import week_of
from gateway.reports.naming import Names
from gateway.watch import findings, stuck_findings
from gateway.watch.alert_digest import AlertDigest
from gateway.watch.alert_limits import AlertLimits
from gateway.watch.alerts import AlertRules, Alerts, Means
from gateway.watch.channel_health import ChannelHealth
from gateway.watch.findings import Expiry
from gateway.watch.heartbeat import HEARTBEAT, Heartbeat
from gateway.watch.notices import Teller
from gateway.watch.quiet import Quiet
from gateway.watch.roads import Roads
from gateway.watch.scanner import SCANNER, ScannerWatch
from gateway.watch.standing_still import KINDS as STANDING_STILL
from gateway.watch.standing_still import standing_still
from gateway.watch.store_alarm import StoreAlarm
from gateway.wiring.alerting_clock import clock_watch, of_clock
from gateway.wiring.alerting_destinations import of_destinations
from gateway.wiring.alerting_roads import channels_of, heartbeat_of
from gateway.wiring.grounds import own_ground
from gateway.wiring.keys import KEYS
from gateway.wiring.mail import rhythm_of, watched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from gateway.chasing.matters import Matter
    from gateway.delivery.lanes import Lanes
    from gateway.domain.alert import Holding
    from gateway.ports.nodes import Duties
    from gateway.reports.due_weeks import Rhythm
    from gateway.sealing.tools import Tools
    from gateway.settings import AlertSettings, EvidenceSettings, Settings
    from gateway.watch.alert_digest import Part
    from gateway.watch.channels import WatchedMailer
    from gateway.watch.clock_trust import ClockWatch
    from gateway.watch.engine import Engine
    from gateway.watch.readiness import Readiness
    from gateway.wiring.loops import Loop
    from gateway.wiring.ports import Opened

#: Broken promises that one look reads at most; more are not counted exactly.
PROMISES_AT_MOST = 500
#: Dossiers that wait to be measured and are followed from look to look.
QUEUE_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Alerting:
    """Everything that tells, for wiring and for whoever asks about it."""

    alerts: Alerts
    roads: Roads
    mailer: WatchedMailer | None
    #: also for mails to offices
    tellers: tuple[Teller, ...]
    digest: AlertDigest
    store_alarm: StoreAlarm
    heartbeat: Heartbeat | None
    clock: ClockWatch | None
    scanner: ScannerWatch

    @property
    def loops(self) -> tuple[Loop, ...]:
        """Those that go on until the process ends."""
        beats = (self.heartbeat,) if self.heartbeat else ()
        clock = (self.clock,) if self.clock else ()
        told = (self.alerts, *self.tellers, self.digest, self.store_alarm)
        return (*clock, *told, *beats)


@dataclass(frozen=True, slots=True)
class _Watched:
    """What sources look at."""

    tools: Tools
    opened: Opened
    lanes: Lanes
    engine: Engine
    node: str
    run_dir: Path
    limits: AlertLimits
    roads: tuple[str, ...]
    evidence: EvidenceSettings
    rhythm: Rhythm | None
    #: of weekly letters; None: none are sent
    scanner: ScannerWatch

    def name(self, office: str) -> str:
        """The office's name; what is no office is called as it is."""
        found = self.tools.versions.current.offices.get(OfficeId(office))
        return found.name if found else office


def made(
    tools: Tools,
    lanes: Lanes,
    opened: Opened,
    settings: Settings,
    engine: Engine,
    duties: Duties,
    readiness: Readiness,
) -> Alerting:
    """Make sources, roads and loops."""
    given, kept = settings.alerts, opened.kept
    means = Means(*(kept, kept, tools.clock, tools.chance, tools.probe, duties))
    health = ChannelHealth(kept, tools.clock, tools.probe)
    ground = own_ground(settings)
    mailer = watched(settings.mail, health, ground)
    page = settings.mail.page.rstrip("/") if settings.mail else ""
    channels = tuple(channels_of(given, mailer, page, ground))
    heartbeat = heartbeat_of(given, means, health, engine, readiness, ground)
    roads = [*(one.name for one in channels), *([HEARTBEAT] if heartbeat else [])]
    at = _Watched(
        *(tools, opened, lanes, engine),
        node=settings.node,
        run_dir=settings.run_dir,
        limits=limits_of(given),
        roads=tuple(dict.fromkeys([*roads, *(["mail"] if mailer else [])])),
        evidence=settings.evidence,
        rhythm=rhythm_of(settings.mail),
        scanner=_scanner(tools, settings),
    )
    rules = AlertRules(
        node=settings.node,
        settled=timedelta(minutes=given.settled_minutes),
        quiet=Quiet(given.awake.begins, given.awake.ends, given.awake.days_off),
        calendar=lambda: tools.versions.current.calendar,
    )
    clock = clock_watch(tools, settings)
    own = (*of_clock(tools, settings, clock), *of_destinations(tools, settings))
    return Alerting(
        alerts=Alerts(means, (*_sources(at), *own), channels, rules),
        roads=Roads(means, channels, health),
        mailer=mailer,
        tellers=tuple(Teller(means, one, health) for one in channels),
        digest=AlertDigest(
            means, channels, rules.calendar, at_time=given.digest_at, parts=_parts(at)
        ),
        store_alarm=StoreAlarm(means, channels, readiness.why_not, node=settings.node),
        heartbeat=heartbeat,
        clock=clock,
        scanner=at.scanner,
    )


def _sources(at: _Watched) -> Iterator[Source]:
    """What is seen by any node, and by this one."""
    yield from _shared(at)
    yield from _of_evidence(at)
    yield from _local(at)


def _scanner(tools: Tools, settings: Settings) -> ScannerWatch:
    oldest = timedelta(days=settings.scanning.signature_days)
    return ScannerWatch(tools.screening, node=settings.node, oldest=oldest)


def _parts(at: _Watched) -> tuple[Part, ...]:
    """What the digest has beside alerts: weekly letters that somebody must look after."""
    rhythm = at.rhythm
    if rhythm is None:
        return ()

    async def letters(now: datetime) -> Sequence[str]:
        working = working_time(at.tools.versions.current.calendar)
        week = week_of(now, rhythm, working)
        rows = await at.opened.kept.due_mails(week.day)
        return list(digest_lines(week, rows, legal_day(now), Names(at.tools)))

    return (letters,)


def limits_of(given: AlertSettings) -> AlertLimits:
    """The limits as the watchers take them."""
    return AlertLimits(
        lane=timedelta(minutes=given.lane_minutes),
        unconfirmed=timedelta(hours=given.unconfirmed_hours),
        parked=timedelta(hours=given.parked_hours),
        unrouted=timedelta(hours=given.unrouted_hours),
        unmatched=timedelta(hours=given.unmatched_hours),
        unsealed=timedelta(minutes=given.unsealed_minutes),
        expiry=timedelta(days=given.certificate_days),
        disk_warning=given.disk_warning,
        disk_critical=given.disk_critical,
    )


def _shared(at: _Watched) -> Iterator[Source]:
    """What any node sees; looked at by the one whose duty it is."""
    kept, tools, limits = at.opened.kept, at.tools, at.limits

    async def stalls(_now: datetime) -> Sequence[Holding]:
        return list(findings.stalls(at.engine.standing, at.name))

    async def shut(now: datetime) -> Sequence[Holding]:
        found = [
            findings.lane(
                at.lanes.lane(office.id),
                at.lanes.doors.opening(office.id),
                now,
                limits.lane,
                office.name,
            )
            for office in tools.versions.current.offices.values()
        ]
        return _there(found)

    async def still(now: datetime) -> Sequence[Holding]:
        return await standing_still(tools.overview, now, limits, at.name)

    async def roads(_now: datetime) -> Sequence[Holding]:
        return list(findings.channels(await kept.channels(), at.roads))

    unsealed = findings.SealWatch(limits.unsealed)

    async def seal(_now: datetime) -> Sequence[Holding]:
        oldest = await kept.unsealed_since()
        return _there([unsealed.look(oldest, tools.clock.mono())])

    async def calendar(now: datetime) -> Sequence[Holding]:
        return _there([findings.calendar(tools.versions.current.calendar, now)])

    async def nodes(now: datetime) -> Sequence[Holding]:
        return list(findings.nodes_away(await kept.nodes(), now))

    async def restored(_now: datetime) -> Sequence[Holding]:
        return list(findings.restored(await kept.incarnations()))

    yield from _of_terms(at)
    yield Source(frozenset({findings.RESTORED}), restored)
    yield Source(frozenset({findings.ENGINE}), stalls)
    yield Source(frozenset({findings.LANE}), shut)
    yield Source(STANDING_STILL, still)
    yield Source(frozenset({findings.CHANNEL}), roads)
    yield Source(frozenset({findings.SEAL}), seal)
    yield Source(frozenset({findings.CALENDAR}), calendar)
    yield Source(frozenset({findings.NODE}), nodes)


def _of_evidence(at: _Watched) -> Iterator[Source]:
    """Whether roots can be signed here, and are stamped where a service is named."""
    tools, given = at.tools, at.evidence

    async def key(now: datetime) -> Sequence[Holding]:
        known = await tools.evidence.evidence_keys()
        return [] if can_sign(tools, known) else [no_key(now)]

    async def stamps(now: datetime) -> Sequence[Holding]:
        oldest = await tools.evidence.unstamped_roots(1)
        return list(stamps_missing(oldest, now, timedelta(hours=given.late_hours)))

    yield Source(frozenset({EVIDENCE_KEY}), key)
    if given.timestamp_url:
        yield Source(frozenset({TIMESTAMP}), stamps)


def _of_terms(at: _Watched) -> Iterator[Source]:
    """Terms that are over, offices that say nothing or broke their word, measuring."""
    tools, measuring = at.tools, stuck_findings.MeasureWatch()
    shut = shut_by_plan(tools, at.lanes)

    async def over(_now: datetime) -> Sequence[Holding]:
        return await stuck_findings.overdue(tools, shut, at.name)

    async def silent(_now: datetime) -> Sequence[Holding]:
        return await stuck_findings.silence(tools, shut, at.name)

    async def unmeasured(now: datetime) -> Sequence[Holding]:
        found = await tools.measures.unmeasured(QUEUE_AT_MOST)
        queue = [dossier for dossier, _ in found]
        return _there([measuring.look(queue, tools.clock.mono(), now)])

    async def broken(now: datetime) -> Sequence[Holding]:
        found, _ = await listed(
            tools, EVERYTHING, (Standing.BROKEN,), limit=PROMISES_AT_MOST
        )
        return list(stuck_findings.promises(_promises(found), now))

    yield Source(frozenset({stuck_findings.OVER}), over)
    yield Source(frozenset({stuck_findings.SILENCE}), silent)
    yield Source(frozenset({stuck_findings.UNMEASURED}), unmeasured)
    yield Source(frozenset({stuck_findings.PROMISE}), broken)


def _promises(found: Iterable[Matter]) -> Iterator[tuple[str, str, date, str]]:
    """Of each broken promise its office, the office's name, the day, the dossier."""
    for one in found:
        if one.now.promised_on is not None:
            dossier = one.row.case.dossier_id
            yield one.leg.office, one.name, one.now.promised_on, dossier


def _local(at: _Watched) -> Iterator[Source]:
    """What only this node can see; of the store see ``StoreAlarm``."""

    async def loops(_now: datetime) -> Sequence[Holding]:
        return list(findings.loops(at.engine.standing, at.node))

    async def disk(now: datetime) -> Sequence[Holding]:
        usage = await asyncio.to_thread(shutil.disk_usage, at.run_dir)
        limits = (at.limits.disk_warning, at.limits.disk_critical)
        full = findings.disk(
            usage.total - usage.free, usage.total, now, node=at.node, limits=limits
        )
        return _there([full])

    async def expiries(now: datetime) -> Sequence[Holding]:
        known = await asyncio.to_thread(certificates, at.run_dir / KEYS)
        return list(findings.expiries(known, now, at.limits.expiry, node=at.node))

    yield Source(frozenset({findings.LOOP}), loops, local=True)
    yield Source(frozenset({findings.DISK}), disk, local=True)
    yield Source(frozenset({findings.EXPIRY}), expiries, local=True)
    yield Source(frozenset({SCANNER}), at.scanner.look, local=True)


def certificates(folder: Path) -> list[Expiry]:
    """Every certificate among the keys, and its end."""
    found = []
    for path in sorted(folder.glob("*.cert.pem")):
        try:
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
        except ValueError:
            # What cannot be read at all was refused where it is used.
            continue
        name = path.name.removesuffix(".cert.pem")
        found.append(Expiry(name, certificate.not_valid_after_utc))
    return found


def _there(found: Iterable[Holding | None]) -> list[Holding]:
    return [one for one in found if one is not None]
