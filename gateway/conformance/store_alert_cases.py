"""What every store must do about alerts, and what is to be told of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.conformance.expect import equal, raises, there
from gateway.conformance.store_making import Bench, case
from gateway.domain.alert import Alert, Holding, Severity, What
from gateway.domain.errors import ChangedMeanwhile
from gateway.ports.alerts import AlertRow, Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

AGAIN = timedelta(minutes=5)


def _alert(bench: Bench, subject: str = "", **changed: Any) -> Alert:
    name = bench.name("al")
    holding = Holding(
        kind="lane",
        subject=subject or name,
        severity=Severity.WARNING,
        since=bench.now,
        reason="Văn phòng Mẫu: không gửi được",
        next_action="Gọi đầu mối",
        page="/console/don-vi",
        count=3,
        first=bench.name("t"),
    )
    return replace(Alert(name, 1, "", holding, seen_at=bench.now), **changed)


def _ended(bench: Bench, alert: Alert, seconds: float) -> Alert:
    at = bench.later(seconds)
    return replace(alert, version=alert.version + 1, gone_at=at, ended_at=at)


def _notice(
    bench: Bench, alert: Alert, what: What = What.BEGAN, **changed: Any
) -> Notice:
    notice = Notice(
        id=f"{alert.id}.{alert.version}.mail",
        alert_id=alert.id,
        place=alert.version,
        channel="mail",
        what=what,
        at=bench.now,
        due_at=bench.now,
        content={"reason": alert.holding.reason, "count": alert.holding.count},
    )
    return replace(notice, **changed)


async def _due(bench: Bench, seconds: float = 0, channel: str = "mail") -> list[str]:
    now = bench.later(seconds)
    found = await bench.store.claim_notices(
        channel, now=now, again_at=now + AGAIN, limit=10
    )
    return [one.id for one in found]


async def _standing(bench: Bench) -> Sequence[AlertRow]:
    return await bench.store.standing_alerts()


@case
async def an_alert_comes_back_as_it_was_kept(bench: Bench) -> None:
    """With every moment and number; one that has ended no longer stands."""
    plain = _alert(bench)
    full = _alert(
        bench,
        node="gateway-1",
        told_at=bench.later(60),
        told_severity=Severity.CRITICAL,
        gone_at=bench.later(90),
        returns=2,
    )
    await bench.store.keep_alerts([plain, full])
    equal(list(await _standing(bench)), [AlertRow(plain), AlertRow(full)])
    over = _ended(bench, full, 120)
    await bench.store.keep_alerts([over])
    equal(list(await _standing(bench)), [AlertRow(plain)])
    equal(await bench.store.alert(full.id), AlertRow(over))
    equal(await bench.store.alert("al_nobody"), None)


@case
async def of_one_kind_and_subject_one_alert_stands(bench: Bench) -> None:
    """Of two nodes that see the same only one keeps it; afterwards a new one may."""
    first, second = _alert(bench, "office-1"), _alert(bench, "office-1")
    await bench.store.keep_alerts([first])
    await raises(ChangedMeanwhile, bench.store.keep_alerts([second]))
    await bench.store.keep_alerts([_ended(bench, first, 60), second])
    equal(list(await _standing(bench)), [AlertRow(second)])


@case
async def an_alert_is_changed_only_by_who_has_read_it(bench: Bench) -> None:
    """And then nothing of that unit is kept, no notice either."""
    alert, other = _alert(bench), _alert(bench)
    await bench.store.keep_alerts([alert])
    told = replace(alert, version=2, told_at=bench.now)
    await bench.store.keep_alerts([told])
    unit = bench.store.keep_alerts([other, told], (), [_notice(bench, other)])
    await raises(ChangedMeanwhile, unit)
    await raises(ChangedMeanwhile, bench.store.keep_alerts((), [alert]))
    equal(list(await _standing(bench)), [AlertRow(told)])
    equal(await _due(bench), [])


@case
async def what_one_look_has_seen_is_forgotten_as_if_it_had_never_been(
    bench: Bench,
) -> None:
    """Neither standing nor ended."""
    alert = _alert(bench)
    await bench.store.keep_alerts([alert])
    await bench.store.keep_alerts((), [alert])
    equal(await bench.store.alert(alert.id), None)


@case
async def ended_alerts_are_listed_latest_first_by_pages(bench: Bench) -> None:
    """Each once, whatever ended at the same moment."""
    alerts = [_alert(bench) for _ in range(3)]
    await bench.store.keep_alerts(alerts)
    over = [
        _ended(bench, one, at) for one, at in zip(alerts, (10, 30, 30), strict=True)
    ]
    await bench.store.keep_alerts(over)
    first = await bench.store.ended_alerts(after=None, limit=2)
    equal([row.alert for row in first], [over[2], over[1]])
    rest = await bench.store.ended_alerts(after=over[1].id, limit=2)
    equal([row.alert for row in rest], [over[0]])


@case
async def a_note_stays_with_its_alert(bench: Bench) -> None:
    """Through later versions; who acknowledges what has changed is told so."""
    alert = _alert(bench)
    await bench.store.keep_alerts([alert])
    note, line = bench.payload(), bench.line("alert")
    seen = replace(
        alert, version=2, acknowledged_at=bench.now, acknowledged_by="operator"
    )
    await bench.store.acknowledge_alert(seen, note, line)
    equal(await bench.store.alert(alert.id), AlertRow(seen, note))
    await raises(
        ChangedMeanwhile, bench.store.acknowledge_alert(seen, bench.payload(), line)
    )
    over = _ended(bench, seen, 5)
    await bench.store.keep_alerts([over])
    equal(await bench.store.alert(alert.id), AlertRow(over, note))


@case
async def a_notice_is_due_on_its_road_until_it_was_told(bench: Bench) -> None:
    """Claimed once, once more when nobody told it, and never after its end."""
    alert = _alert(bench)
    notice = _notice(bench, alert)
    later = _notice(bench, _alert(bench), due_at=bench.later(600))
    await bench.store.keep_alerts([alert], (), [notice, later])
    equal(await _due(bench, channel="webhook"), [])
    found = await bench.store.claim_notices(
        "mail", now=bench.now, again_at=bench.now + AGAIN, limit=10
    )
    again = replace(notice, due_at=bench.now + AGAIN, attempts=1)
    equal(list(found), [again])
    equal(await _due(bench, 299), [])
    equal(await _due(bench, 300), [notice.id])
    await bench.store.put_off_notices([notice.id], bench.later(700))
    equal(await _due(bench, 650), [later.id])
    await bench.store.end_notices([later.id])
    equal(await _due(bench, 5_000), [notice.id])
    await bench.store.end_notices([notice.id])
    equal(await _due(bench, 9_000), [])


@case
async def a_notice_is_made_once_whoever_makes_it(bench: Bench) -> None:
    """A second one of the same name changes nothing, told or not."""
    notice = _notice(bench, _alert(bench))
    await bench.store.keep_alerts((), (), [notice])
    equal(await _due(bench), [notice.id])
    await bench.store.keep_alerts((), (), [replace(notice, due_at=bench.now)])
    equal(await _due(bench), [])
    await bench.store.end_notices([notice.id])
    await bench.store.keep_alerts((), (), [notice])
    equal(await _due(bench), [])


@case
async def an_end_is_told_after_its_onset_and_only_where_that_was_tried(
    bench: Bench,
) -> None:
    """On one road the onset fails, on the other it still waits for the morning."""
    alert = _alert(bench, told_at=bench.now)
    began = _notice(bench, alert)
    waits = replace(
        began, id=f"{alert.id}.1.hook", channel="hook", due_at=bench.later(9_000)
    )
    await bench.store.keep_alerts([alert], (), [began, waits])
    equal(await _due(bench), [began.id])
    over = _ended(bench, alert, 60)
    ended = _notice(bench, over, What.ENDED)
    silent = replace(ended, id=f"{alert.id}.2.hook", channel="hook")
    await bench.store.keep_alerts([over], (), [ended, silent])
    equal(await _due(bench, 9_999, "hook"), [])
    equal(await _due(bench, 100), [])
    equal(await _due(bench, 400), [began.id])
    await bench.store.end_notices([began.id])
    equal(await _due(bench, 400), [ended.id])


@case
async def a_road_that_fails_keeps_its_first_moment_until_it_works(
    bench: Bench,
) -> None:
    """The code is that of its last use."""
    await bench.store.note_channel("mail", (bench.now, "first"))
    await bench.store.note_channel("mail", (bench.later(60), "last"))
    equal(dict(await bench.store.channels()), {"mail": (bench.now, "last")})
    await bench.store.note_channel("mail", None)
    equal(dict(await bench.store.channels()), {})


@case
async def what_is_long_over_is_forgotten(bench: Bench) -> None:
    """What stands, and what came later, is not."""
    stands, over = _alert(bench), _alert(bench)
    told = _notice(bench, over)
    owed = _notice(bench, stands, at=bench.later(2), due_at=bench.later(2))
    await bench.store.keep_alerts([stands, over], (), [told, owed])
    await bench.store.keep_alerts([_ended(bench, over, 1)])
    await bench.store.end_notices([told.id])
    await bench.store.forget_alerts(bench.later(1))
    there(await bench.store.alert(over.id))
    await bench.store.forget_alerts(bench.later(2))
    equal(await bench.store.alert(over.id), None)
    equal(list(await _standing(bench)), [AlertRow(stands)])
    equal(await _due(bench, 10), [owed.id])


@case
async def the_oldest_line_without_a_seal_is_known(bench: Bench) -> None:
    """None once everything is sealed."""
    await bench.store.note("reads:2026-03-10", [bench.line("read")])
    equal(await bench.store.unsealed_since(), bench.now)
    await bench.store.seal(now=bench.now)
    equal(await bench.store.unsealed_since(), None)
