"""What every store must do; plain functions, each over one fresh store.

These are about dossiers and what comes with them; order, queues and lists have
modules of their own. ``store_making.CASES`` holds them all once this is imported.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from gateway.conformance import (
    store_account_cases,  # noqa: F401  the same
    store_alert_cases,  # noqa: F401  fills CASES
    store_audit_cases,  # noqa: F401  the same
    store_behind_cases,  # noqa: F401  the same
    store_bulk_cases,  # noqa: F401  the same
    store_chase_cases,  # noqa: F401  the same
    store_configuration_cases,  # noqa: F401  the same
    store_contact_cases,  # noqa: F401  the same
    store_contest_cases,  # noqa: F401  the same
    store_correction_cases,  # noqa: F401  the same
    store_count_cases,  # noqa: F401  the same
    store_due_mail_cases,  # noqa: F401  the same
    store_evidence_cases,  # noqa: F401  the same
    store_file_cases,  # noqa: F401  the same
    store_gauge_cases,  # noqa: F401  the same
    store_incarnation_cases,  # noqa: F401  the same
    store_issued_cases,  # noqa: F401  the same
    store_lane_cases,  # noqa: F401  the same
    store_line_count_cases,  # noqa: F401  the same
    store_made_cases,  # noqa: F401  the same
    store_measure_cases,  # noqa: F401  the same
    store_node_cases,  # noqa: F401  the same
    store_note_cases,  # noqa: F401  the same
    store_office_note_cases,  # noqa: F401  the same
    store_order_cases,  # noqa: F401  the same
    store_pickup_cases,  # noqa: F401  the same
    store_proposal_cases,  # noqa: F401  the same
    store_queue_cases,  # noqa: F401  the same
    store_replay_cases,  # noqa: F401  the same
    store_rung_cases,  # noqa: F401  the same
    store_saved_view_cases,  # noqa: F401  the same
    store_scope_cases,  # noqa: F401  the same
    store_session_cases,  # noqa: F401  the same
    store_stuck_cases,  # noqa: F401  the same
    store_view_cases,  # noqa: F401  the same
    store_work_cases,  # noqa: F401  the same
)
from gateway.conformance.expect import equal, raises, there
from gateway.conformance.store_making import (
    LAND,
    OFFICE,
    SENDER,
    Bench,
    attempt_of,
    case,
    following,
)
from gateway.domain.case import End, LegState, Pause, Place
from gateway.domain.errors import (
    ChangedMeanwhile,
    KeyTaken,
    ReportKnown,
    StoreError,
)
from gateway.domain.identifiers import DossierId, OfficeId, PrincipalId
from gateway.domain.journal import GENESIS, chained
from gateway.domain.lane import Lane, LaneState
from gateway.domain.principal import EVERYTHING, Principal, Role, Scope
from gateway.domain.report import Standing
from gateway.domain.transfer import State
from gateway.ports.store import Change, IntakeKey

if TYPE_CHECKING:
    from gateway.domain.case import Case

VIETNAM = timezone(timedelta(hours=7))


@case
async def a_new_dossier_is_read_back_as_it_was(bench: Bench) -> None:
    """Case, key, document, revisions."""
    rich = _rich_case(bench)
    change = bench.acceptance(case=rich)
    applied = await bench.store.apply(change)
    equal(applied.version, 1)
    row = there(await bench.store.dossier(rich.dossier_id, EVERYTHING))
    equal(
        (row.case, row.wrapped_key, row.document), (rich, b"wrapped", change.document)
    )
    equal(type(row.case.legs[0].pause), Pause)
    equal(row.case.accepted_at.tzinfo, UTC)
    sealed = there(await bench.store.document(rich.dossier_id, 1))
    equal(sealed, change.payloads[0])
    equal(await bench.store.payloads([sealed.id]), {sealed.id: sealed})
    equal(await bench.store.payloads([]), {})


def _rich_case(bench: Bench) -> Case:
    case = bench.case()
    leg = replace(
        case.legs[0],
        state=LegState.PAUSED,
        place=Place.CITIZEN,
        pause=Pause.SUPPLEMENT,
        happened=("handed_over", "opened"),
        reported_until=datetime(2026, 3, 9, 23, 59, 59, 999_999, tzinfo=UTC),
        since=datetime(2026, 3, 10, 9, 0, tzinfo=VIETNAM),
    )
    return replace(
        case,
        legs=(leg, case.legs[0]),
        handed_out_on=date(2026, 3, 12),
        ended_at=bench.now,
        end=End.FINISHED,
        happened=("accepted", "sent:land.hand_over"),
        facts={"a": [1, {"b": None}], "ố": "Đặng Thị Ố"},
    )


@case
async def a_change_decided_on_an_old_case_changes_nothing(bench: Bench) -> None:
    """Compare-and-set on the version, for new ones too."""
    first = bench.acceptance()
    case = there(first.case)
    await bench.store.apply(first)
    await raises(ChangedMeanwhile, bench.store.apply(first))
    second = Change(bench.now, case.dossier_id, following(case, told=1))
    equal((await bench.store.apply(second)).version, 2)
    late = Change(
        bench.now, case.dossier_id, following(case, told=9), journal=(bench.line(),)
    )
    await raises(ChangedMeanwhile, bench.store.apply(late))
    as_read = Change(bench.now, case.dossier_id, expects=1, journal=(bench.line(),))
    await raises(ChangedMeanwhile, bench.store.apply(as_read))
    row = there(await bench.store.dossier(case.dossier_id, EVERYTHING))
    equal((row.case.told, row.case.version), (1, 2))
    equal(len(await bench.store.journal(case.dossier_id)), 1)
    equal((await bench.store.apply(replace(as_read, expects=2))).version, 2)


@case
async def a_change_of_nobody_is_refused(bench: Bench) -> None:
    """An unknown dossier, a new one without key or document, parts without dossier."""
    unknown = Change(bench.now, DossierId("d_unknown"), journal=(bench.line(),))
    await raises(ChangedMeanwhile, bench.store.apply(unknown))
    bare = replace(bench.acceptance(), wrapped_key=None)
    await raises(ValueError, bench.store.apply(bare))
    homeless = Change(bench.now, transfers=(bench.transfer(),))
    await raises(ValueError, bench.store.apply(homeless))


@case
async def of_two_hundred_changes_at_once_none_is_lost(bench: Bench) -> None:
    """Units share commits; each is whole."""
    changes = [bench.acceptance(bench.transfer()) for _ in range(200)]
    applied = await asyncio.gather(*(bench.store.apply(one) for one in changes))
    equal([one.version for one in applied], [1] * 200)
    for change in changes:
        identifier = there(change.dossier_id)
        there(await bench.store.dossier(identifier, EVERYTHING), identifier)
        equal(len(await bench.store.transfers(identifier)), 1)


@case
async def of_racing_changes_of_one_dossier_one_wins(bench: Bench) -> None:
    """The others hear ChangedMeanwhile and have changed nothing."""
    case = there((change := bench.acceptance()).case)
    await bench.store.apply(change)
    racing = [
        Change(
            bench.now,
            case.dossier_id,
            following(case, told=i),
            transfers=(bench.status(),),
        )
        for i in range(1, 11)
    ]
    results = await asyncio.gather(
        *(bench.store.apply(one) for one in racing), return_exceptions=True
    )
    lost = [one for one in results if isinstance(one, ChangedMeanwhile)]
    equal(len(lost), 9)
    equal(len(await bench.store.transfers(case.dossier_id)), 1)


@case
async def one_failing_unit_leaves_the_others_of_its_commit(bench: Bench) -> None:
    """It had written before it failed; nothing of it stays."""
    await bench.accepted(references=(bench.reference(b"taken"),))
    good = [bench.acceptance(bench.transfer()) for _ in range(10)]
    bad = bench.acceptance(
        bench.transfer(),
        words=(b"w",),
        references=(bench.reference(b"own"), bench.reference(b"taken")),
    )
    work = [*good[:5], bad, *good[5:]]
    results = await asyncio.gather(
        *(bench.store.apply(one) for one in work), return_exceptions=True
    )
    failed = [i for i, one in enumerate(results) if isinstance(one, BaseException)]
    equal(failed, [5])
    equal(there(_key_taken(results[5])).which, "reference")
    equal(await bench.store.dossier(there(bad.dossier_id), EVERYTHING), None)
    equal(await bench.store.find([(None, None, b"own")], EVERYTHING), [])
    for change in good:
        there(await bench.store.dossier(there(change.dossier_id), EVERYTHING))


def _key_taken(result: object) -> KeyTaken | None:
    return result if isinstance(result, KeyTaken) else None


@case
async def an_intake_key_is_given_once_per_sender(bench: Bench) -> None:
    """The first answer is told again; nothing of the second change stays."""
    key = IntakeKey(SENDER, "k1", b"print", {"dossier": {"revision": 1}})
    await bench.accepted(intake_key=key)
    second = bench.acceptance(intake_key=replace(key, fingerprint=b"other"))
    error = await raises(KeyTaken, bench.store.apply(second))
    equal(error.which, "intake_key")
    equal(await bench.store.dossier(there(second.dossier_id), EVERYTHING), None)
    equal(await bench.store.intake_key(SENDER, "k1"), key)
    other = OfficeId("one-stop-2")
    equal(await bench.store.intake_key(other, "k1"), None)
    await bench.accepted(intake_key=replace(key, sender=other))


@case
async def a_number_belongs_to_one_dossier(bench: Bench) -> None:
    """The same dossier may say it again; the same number of another kind is another."""
    number = bench.reference(b"b1")
    dossier_id = await bench.accepted(references=(number,))
    again = Change(
        bench.now,
        dossier_id,
        references=(number, bench.reference(b"b2", agency=LAND, kind="receipt")),
    )
    await bench.store.apply(again)
    equal(await bench.store.references(dossier_id), [number, again.references[1]])
    error = await raises(
        KeyTaken, bench.store.apply(bench.acceptance(references=(number,)))
    )
    equal(error.which, "reference")
    other = await bench.accepted(references=(bench.reference(b"b1", kind="other"),))
    find = bench.store.find
    equal(await find([(None, None, b"b1")], EVERYTHING), [dossier_id, other])
    equal(await find([(None, "other", b"b1")], EVERYTHING), [other])
    equal(await find([(LAND, "receipt", b"b2")], EVERYTHING), [dossier_id])
    equal(await find([(LAND, None, b"b1")], EVERYTHING), [])


@case
async def a_report_is_applied_once(bench: Bench) -> None:
    """Its repeats get rows of their own and change nothing."""
    dossier_id = await bench.accepted()
    first = bench.report("f1", dossier_id=dossier_id)
    await bench.store.apply(Change(bench.now, dossier_id, report=first))
    twin = bench.report("f1", dossier_id=dossier_id)
    change = Change(bench.now, dossier_id, report=twin, journal=(bench.line(),))
    await raises(ReportKnown, bench.store.apply(change))
    repeat = replace(twin, standing=Standing.REPEATED)
    await bench.store.apply(Change(bench.now, dossier_id, report=repeat))
    more = bench.report("f1", dossier_id=dossier_id, standing=Standing.REPEATED)
    await bench.store.apply(Change(bench.now, dossier_id, report=more))
    equal(await bench.store.report_known(LAND, OFFICE, "f1"), first)
    equal(await bench.store.reports(dossier_id), [first, repeat, more])
    other = bench.report("f1", office=OfficeId("land-2"), dossier_id=dossier_id)
    await bench.store.apply(Change(bench.now, dossier_id, report=other))


@case
async def a_report_of_nobody_waits_for_a_person(bench: Bench) -> None:
    """It is listed, and its sealed content is there."""
    sealed = bench.payload()
    lost = bench.report(
        "f9", standing=Standing.UNMATCHED, code="no_dossier", payload=sealed.id
    )
    await bench.store.apply(Change(bench.now, report=lost, payloads=(sealed,)))
    equal(await bench.store.unmatched(EVERYTHING, after=None, limit=10), [lost])
    equal(await bench.store.unmatched(EVERYTHING, after=lost.id, limit=10), [])
    equal(await bench.store.payloads([sealed.id]), {sealed.id: sealed})
    equal((await bench.store.counts(EVERYTHING))["unmatched"], 1)
    equal((await bench.store.counts(Scope(sender=SENDER)))["unmatched"], 0)


@case
async def a_revision_has_its_own_document_and_words(bench: Bench) -> None:
    """The words of the former text find nothing any more."""
    first = bench.acceptance(words=(b"an", b"binh", b"an"))
    case = there(first.case)
    await bench.store.apply(first)
    search = bench.store.search
    equal(await search(EVERYTHING, [b"binh", b"an"], limit=5), [case.dossier_id])
    sealed = bench.payload(case.dossier_id)
    await bench.store.apply(
        Change(
            bench.now,
            case.dossier_id,
            following(case, revision=2),
            document=sealed.id,
            payloads=(sealed,),
            words=(b"an", b"chi"),
        )
    )
    equal(await search(EVERYTHING, [b"binh"], limit=5), [])
    equal(await search(EVERYTHING, [b"an", b"chi"], limit=5), [case.dossier_id])
    equal(await search(EVERYTHING, [], limit=5), [])
    equal(await bench.store.document(case.dossier_id, 1), first.payloads[0])
    equal(await bench.store.document(case.dossier_id, 2), sealed)
    row = there(await bench.store.dossier(case.dossier_id, EVERYTHING))
    equal(row.document, sealed.id)


@case
async def attempts_are_numbered_in_order(bench: Bench) -> None:
    """Enquiries count along."""
    dossier_id = await bench.accepted(new := bench.transfer())
    transfer = await bench.transfer_of(new.id)
    records = [
        attempt_of(transfer, bench.now),
        attempt_of(transfer, bench.later(60), purpose="enquire", http_status=None),
    ]
    for record in records:
        await bench.store.apply(Change(bench.now, dossier_id, attempts=(record,)))
    kept = await bench.store.attempts(new.id)
    equal(
        [(one.number, one.record) for one in kept], [(1, records[0]), (2, records[1])]
    )


@case
async def a_dossiers_journal_is_one_chain(bench: Bench) -> None:
    """Each line's digest covers the one before; sealing gives it its number."""
    local = bench.now.astimezone(VIETNAM)
    lines = (bench.line(event="đã nhận"), replace(bench.line(), at=local))
    dossier_id = await bench.accepted(journal=lines)
    await bench.store.apply(
        Change(bench.now, dossier_id, journal=(bench.line("action"),))
    )
    await bench.accepted()
    written = await bench.store.journal(dossier_id)
    equal([one.position for one in written], [1, 2, 3])
    equal([one.line.kind for one in written], ["happened", "happened", "action"])
    equal({one.number for one in written}, {None})
    previous = GENESIS
    for one in written:
        equal(one.previous, previous)
        equal(one.digest, chained(previous, one.line, one.chain, one.position))
        previous = one.digest
    await bench.store.seal(now=bench.now)
    numbers = [there(one.number) for one in await bench.store.journal(dossier_id)]
    equal(numbers, sorted(set(numbers)))


@case
async def a_rule_of_the_rows_is_no_fault_of_the_store(bench: Bench) -> None:
    """A transfer that came twice is refused; the store goes on."""
    dossier_id = await bench.accepted(new := bench.transfer())
    await raises(StoreError, bench.add(dossier_id, new))
    equal(await bench.states(new.id), [State.DUE.value])


@case
async def lanes_principals_and_configuration_stay(bench: Bench) -> None:
    """Each is read back; the same configuration again makes no new version."""
    lane = Lane(OFFICE, LAND, LaneState.PAUSED, bench.now, "bảo trì", "officer-1")
    await bench.store.set_lane(lane, bench.line("lane"))
    opened = replace(lane, state=LaneState.OPEN, resume_at=bench.later(60), failures=2)
    await bench.store.set_lane(opened, bench.line("lane"))
    equal(await bench.store.lanes(), [opened])
    who = Principal(
        PrincipalId("p1"), "Một cửa", Role.ONE_STOP, Scope(sender=SENDER), SENDER
    )
    await bench.store.set_principal(who, b"hash-1")
    equal(await bench.store.principal(b"hash-1"), who)
    reader = replace(who, role=Role.READER, scope=Scope(units=("a", "b")), system=None)
    await bench.store.set_principal(reader, b"hash-2")
    equal(await bench.store.principal(b"hash-1"), None)
    equal(await bench.store.principal(b"hash-2"), reader)
    equal(await bench.store.configuration(None), None)
    add = bench.store.add_configuration
    equal(await add({"b": 1, "a": [2]}, bench.line("configuration")), 1)
    equal(await add({"a": [2], "b": 1}, bench.line("configuration")), 1)
    equal(await add({"a": [3]}, bench.line("configuration")), 2)
    equal(await bench.store.configuration(1), (1, {"a": [2], "b": 1}))
    equal(await bench.store.configuration(None), (2, {"a": [3]}))
    equal(await bench.store.configuration(3), None)
    await raises(ChangedMeanwhile, add({"a": [4]}, bench.line("configuration"), 1))
    equal(await add({"a": [4]}, bench.line("configuration"), 2), 3)
    equal(await add({"a": [4]}, bench.line("configuration"), 2), 3)
    await bench.store.note("reads:2026-03-10", [bench.line("read"), bench.line("read")])
