"""What people did and read: found again, and held against its hashes, on every store."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from gateway.conformance.expect import equal
from gateway.conformance.store_making import NOW, OFFICE, Bench, case
from gateway.domain.audit import LOOKED, READ, UNMASKED, Asked
from gateway.domain.identifiers import DossierId, OfficeId, PrincipalId
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING, Scope

ONE, TWO = "person-1", "person-2"
DAY = timedelta(days=1)


def asked(**given: Any) -> Asked:
    """Two days around the bench's moment, narrowed."""
    return Asked(**{"since": NOW - DAY, "until": NOW + DAY, **given})


async def listed(
    bench: Bench, of: Asked, scope: Scope = EVERYTHING, limit: int = 50
) -> list[tuple[str, str]]:
    """Who and what, newest first, over all pages."""
    found: list[tuple[str, str]] = []
    after: str | None = None
    while True:
        page = await bench.store.acts(scope, of, after=after, limit=limit)
        assert len(page.acts) <= limit  # noqa: S101
        found += [(one.line.actor, one.line.kind) for one in page.acts]
        after = page.after
        if after is None:
            return found


def said(
    bench: Bench, kind: str, actor: str, minutes: int, **facts: Any
) -> JournalLine:
    """A person's line."""
    return JournalLine(kind, bench.now + timedelta(minutes=minutes), actor, facts)


async def _written(bench: Bench) -> DossierId:
    dossier = await bench.accepted()
    chain = "reads:2026-03-10"
    await bench.store.note(
        chain,
        [
            said(bench, READ, ONE, 1, dossier=dossier),
            said(bench, READ, TWO, 2, dossier="d_other"),
            said(bench, "swept", "gateway", 3),
            said(bench, "lane", ONE, 4, office=OFFICE, state="paused", why="thử"),
            said(bench, LOOKED, TWO, 5),
        ],
    )
    return dossier


@case
async def what_people_did_and_read_is_found_by_each_filter(bench: Bench) -> None:
    """Newest first, by pages of any size, without what the gateway writes itself."""
    dossier = await _written(bench)
    everything = [(TWO, LOOKED), (ONE, "lane"), (TWO, READ), (ONE, READ)]
    for limit in (1, 2, 3, 50):
        equal(await listed(bench, asked(), limit=limit), everything)
    equal(await listed(bench, asked(actor=ONE)), [(ONE, "lane"), (ONE, READ)])
    equal(await listed(bench, asked(group="doc")), [(TWO, READ), (ONE, READ)])
    equal(await listed(bench, asked(group="doc", actor=TWO)), [(TWO, READ)])
    equal(await listed(bench, asked(group="nonsense")), [])
    equal(await listed(bench, asked(office=OFFICE)), [(ONE, "lane")])
    equal(await listed(bench, asked(office=OFFICE, actor=TWO)), [])
    equal(await listed(bench, asked(dossier=dossier)), [(ONE, READ)])
    late = asked(since=bench.now + timedelta(minutes=2))
    equal(await listed(bench, late), everything[:3])
    early = asked(until=bench.now + timedelta(minutes=2))
    equal(await listed(bench, early), everything[3:])


@case
async def who_sees_some_agencies_finds_theirs_alone(bench: Bench) -> None:
    """What is of no dossier and no office is for those who see everything."""
    await _written(bench)
    own = Scope(offices=(OFFICE,))
    await bench.store.note(
        "reads:2026-03-10", [said(bench, "lane", TWO, 9, office="elsewhere")]
    )
    found = await listed(bench, asked(), own, limit=1)
    assert (ONE, "lane") in found  # noqa: S101
    equal([one for one in found if one[0] == TWO], [])
    equal(await listed(bench, asked(), Scope(offices=(OfficeId("nowhere"),))), [])
    equal(await listed(bench, asked(), Scope()), [])


@case
async def strange_cursors_of_acts_find_nothing(bench: Bench) -> None:
    """They come from addresses that anybody may write."""
    await _written(bench)
    for after in ("", "~", "x~1", "2026-03-10~", "2026-03-10T00:00:00+00:00~-5", "\0"):
        found = await bench.store.acts(EVERYTHING, asked(), after=after, limit=5)
        equal((found.acts, found.after), ((), None))


@case
async def a_days_journal_holds_and_says_where_it_does_not_go_on(bench: Bench) -> None:
    """What was sealed on the day, over every chain; another day has none of it."""
    await _written(bench)
    sealed = await bench.store.seal(now=bench.now)
    found = await bench.store.verify_day(legal_day(bench.now), None)
    equal((found.wrong, found.after, found.lines), ("", None, sealed))
    equal(found.seals, 1)
    await bench.accepted()
    more = await bench.store.seal(now=bench.now + 2 * DAY)
    assert more  # noqa: S101
    equal((await bench.store.verify_day(legal_day(bench.now), None)).lines, sealed)
    later = await bench.store.verify_day(legal_day(bench.now + 2 * DAY), None)
    equal((later.wrong, later.lines), ("", more))
    none = await bench.store.verify_day(legal_day(bench.now + DAY), None)
    equal((none.wrong, none.lines, none.seals), ("", 0, 0))


@case
async def who_may_see_a_dossiers_people_may_until_a_moment(bench: Bench) -> None:
    """Each by themselves; asked again it goes on; the line is of the dossier."""
    dossier = await bench.accepted()
    who = PrincipalId(ONE)

    async def until() -> dict[DossierId, datetime]:
        return dict(await bench.store.unmasked(who, bench.now))

    equal(await until(), {})
    for minutes in (30, 45):
        sealed, at = bench.payload(dossier), bench.now + timedelta(minutes=minutes)
        line = JournalLine(
            *(UNMASKED, bench.now, ONE, {"until": at.isoformat()}),
            payload=sealed.id,
            payload_digest=sealed.digest,
        )
        await bench.store.unmask(who, dossier, at, sealed, line)
        equal(await until(), {dossier: at})
    equal(dict(await bench.store.unmasked(PrincipalId(TWO), bench.now)), {})
    equal(dict(await bench.store.unmasked(who, bench.later(45 * 60))), {})
    equal(await listed(bench, asked(dossier=dossier)), [(ONE, UNMASKED)] * 2)
