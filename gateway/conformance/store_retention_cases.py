"""What every store must do about what is kept for a time, held, and deleted."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gateway.conformance.expect import equal, raises, there
from gateway.conformance.measure_making import ended, keep
from gateway.conformance.store_making import NOW, UNIT, Bench, case
from gateway.domain.attempt import AttemptRecord, Outcome, Times
from gateway.domain.case import End
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import AttachmentId, DossierId, PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING
from gateway.domain.report import Standing
from gateway.domain.retention import HoldRow, Kept, RetentionRule
from gateway.ports.attachments import StoredAttachment
from gateway.ports.retention import ToDelete
from gateway.ports.store import AttachmentLink, Change
from gateway.ports.vault import SealedPayload
from gateway.ports.wrapped_keys import Rewrapped

LATER = NOW + timedelta(days=400)
WORD, NUMBER = b"word of a name", b"number of a paper"


def _sealed(bench: Bench, dossier: DossierId, kind: str) -> SealedPayload:
    name = bench.name("p")
    text = f"niêm phong {kind} {name}".encode()
    return SealedPayload(PayloadId(name), dossier, kind, text, b"salt", name.encode())


async def _over(bench: Bench, **changes: Any) -> dict[str, Any]:
    """A dossier that has ended, with one of everything; its payloads by kind."""
    case_ = bench.case(end=End.FINISHED, ended_at=NOW, **changes)
    dossier = case_.dossier_id
    kinds = ("document", "content", "response", "reason", "note", "as_received")
    sealed = {kind: _sealed(bench, dossier, kind) for kind in kinds}
    file = StoredAttachment(
        AttachmentId(bench.name("a")), dossier.encode().hex(), 3, "", b"key"
    )
    reason = sealed["reason"]
    line = JournalLine(
        "action", NOW, "operator-1", {}, payload=reason.id, payload_digest=reason.digest
    )
    await bench.store.apply(
        bench.acceptance(
            case=case_,
            document=sealed["document"].id,
            payloads=tuple(sealed.values()),
            words=(WORD,),
            references=(bench.reference(dossier.encode()),),
            attachments=(AttachmentLink(file, "input", b"sealed name", b"blind"),),
            journal=(bench.line(event="accepted"), line),
        )
    )
    await keep(bench, ended(dossier))
    return {"dossier": dossier, "sealed": sealed, "file": file}


def _to_delete(dossier: DossierId, kind: Kept, **changes: Any) -> ToDelete:
    values: dict[str, Any] = {
        "dossier_id": dossier,
        "kind": kind,
        "before": LATER,
        "at": LATER,
        "rule": 1,
    }
    return ToDelete(**{**values, **changes})


async def _left(bench: Bench, made: dict[str, Any]) -> set[str]:
    kept = await bench.store.payloads([one.id for one in made["sealed"].values()])
    return {one.kind for one in kept.values()}


@case
async def each_kind_is_deleted_alone_and_leaves_its_proof(bench: Bench) -> None:
    """Nothing of another kind goes with it; a second time finds nothing to do."""
    made = await _over(bench)
    dossier = made["dossier"]
    gone: set[str] = set()
    parts = {
        Kept.EXCHANGED: {"response"},
        Kept.NOTES: {"reason", "note"},
        Kept.DOCUMENTS: {"document", "content", "as_received"},
    }
    for kind, kinds in parts.items():
        found = there(await bench.store.delete(_to_delete(dossier, kind)))
        gone |= kinds
        equal((found.rows, found.files), (len(kinds), 0))
        equal(await _left(bench, made), set(made["sealed"]) - gone)
        equal(await bench.store.delete(_to_delete(dossier, kind)), None)
    equal(await bench.store.document(dossier, 1), None)
    equal(len(await bench.store.attachments(dossier)), 1)
    found = there(await bench.store.delete(_to_delete(dossier, Kept.FILES)))
    equal((found.rows, found.files), (1, 1))
    equal(list(await bench.store.attachments(dossier)), [])
    equal(list(await bench.store.doomed(9)), [made["file"].name])
    await bench.store.forget_doomed([made["file"].name])
    equal(list(await bench.store.doomed(9)), [])
    equal(len(await bench.store.search(EVERYTHING, [WORD], limit=9)), 1)
    found = there(await bench.store.delete(_to_delete(dossier, Kept.INDEX)))
    equal(found.rows, 2)
    equal(len(await bench.store.search(EVERYTHING, [WORD], limit=9)), 0)
    told = [one.line for one in await bench.store.journal(dossier)][-5:]
    equal([one.kind for one in told], ["deleted"] * 5)
    kept = await bench.store.deletions(dossier)
    equal(sorted(one.digest.hex() for one in kept), sorted(_told(one) for one in told))


def _told(line: JournalLine) -> str:
    """The digest that a line tells."""
    return str(line.facts["digest"])


@case
async def a_whole_dossier_goes_with_its_key_and_its_chain_still_holds(
    bench: Bench,
) -> None:
    """It is found by nothing but its identifier, and the journal by every hash."""
    made = await _over(bench)
    dossier = made["dossier"]
    await bench.store.seal(now=LATER)
    given = _to_delete(dossier, Kept.DOSSIER, wrapped_key=b"another")
    found = there(await bench.store.delete(given))
    equal((found.rows, found.files), (9, 1))
    equal(await _left(bench, made), set())
    equal(list(await bench.store.references(dossier)), [])
    equal(len(await bench.store.search(EVERYTHING, [WORD], limit=9)), 0)
    row = there(await bench.store.dossier(dossier, EVERYTHING))
    equal((row.wrapped_key, row.case.end), (b"another", End.FINISHED))
    for kind in Kept:
        equal(await bench.store.delete(_to_delete(dossier, kind)), None)
    await bench.store.seal(now=LATER)
    verified = await bench.store.verify_day(legal_day(LATER), None)
    equal((verified.wrong, verified.lines > 2), ("", True))


@case
async def what_is_open_held_young_or_unfinished_stays(bench: Bench) -> None:
    """Whoever asks for it: the store looks again in the unit that deletes."""
    young = await _over(bench)
    before = _to_delete(young["dossier"], Kept.DOSSIER, before=NOW)
    equal(await bench.store.delete(before), None)
    still_open = await bench.accepted()
    equal(await bench.store.delete(_to_delete(still_open, Kept.DOSSIER)), None)
    busy = await _over(bench)
    await bench.add(busy["dossier"], bench.transfer())
    equal(await bench.store.delete(_to_delete(busy["dossier"], Kept.FILES)), None)
    nobody = DossierId("d_nobody")
    equal(await bench.store.delete(_to_delete(nobody, Kept.DOSSIER)), None)
    for made in (young, busy):
        equal(await _left(bench, made), set(made["sealed"]))


@case
async def a_hold_stops_deleting_until_it_is_let_go(bench: Bench) -> None:
    """One at a time; who let it go is told, and a second time finds none."""
    made = await _over(bench)
    dossier = made["dossier"]
    sealed = _sealed(bench, dossier, "hold")
    row = HoldRow(bench.name("h"), dossier, NOW, "head-1", sealed.id)
    await bench.store.hold(row, sealed, bench.line("hold"))
    again = _sealed(bench, dossier, "hold")
    second = replace(row, id=bench.name("h"), payload=again.id)
    await raises(ChangedMeanwhile, bench.store.hold(second, again, bench.line("hold")))
    equal(list(await bench.store.payloads([again.id])), [])
    equal(list(await bench.store.held()), [row])
    equal(await bench.store.hold_of(dossier), row)
    equal(await bench.store.delete(_to_delete(dossier, Kept.DOSSIER)), None)
    equal(await _expired(bench, Kept.DOSSIER), [])
    line = JournalLine("hold", LATER, "head-2", {"what": "released"})
    await bench.store.release(dossier, line)
    await raises(ChangedMeanwhile, bench.store.release(dossier, line))
    equal(
        (await bench.store.hold_of(dossier), list(await bench.store.held())), (None, [])
    )
    equal(await _expired(bench, Kept.DOSSIER), [dossier])
    there(await bench.store.delete(_to_delete(dossier, Kept.DOSSIER)))


async def _expired(
    bench: Bench, kind: Kept, before: datetime = LATER, limit: int = 1
) -> list[DossierId]:
    found: list[DossierId] = []
    after: str | None = None
    while page := await bench.store.expired(kind, before, after=after, limit=limit):
        assert len(page) <= limit  # noqa: S101
        found += [one.row.case.dossier_id for one in page]
        last = page[-1]
        at = round(last.ended_at.timestamp() * 1_000_000)
        after = f"{at}~{last.row.case.dossier_id}"
    return found


@case
async def what_was_kept_long_enough_is_listed_page_by_page(bench: Bench) -> None:
    """Open ones never; what went as a whole, in no list of its parts any more."""
    ids = [(await _over(bench))["dossier"] for _ in range(3)]
    await bench.accepted()
    for limit in (1, 2, 9):
        equal(await _expired(bench, Kept.FILES, limit=limit), ids)
    equal(await _expired(bench, Kept.FILES, before=NOW), [])
    there(await bench.store.delete(_to_delete(ids[0], Kept.FILES)))
    there(await bench.store.delete(_to_delete(ids[1], Kept.DOSSIER)))
    equal(await _expired(bench, Kept.FILES), ids[2:])
    equal(await _expired(bench, Kept.DOSSIER), [ids[0], ids[2]])
    await bench.add(ids[2], bench.transfer())
    (page,) = await bench.store.expired(Kept.FILES, LATER, after=None, limit=9)
    assert page.busy  # noqa: S101


@case
async def answers_of_agencies_and_what_came_too_early_go_too(bench: Bench) -> None:
    """Bodies of attempts; and what lay under the common key until its dossier came."""
    made = await _over(bench)
    dossier = made["dossier"]
    answer, early = _sealed(bench, dossier, "response"), bench.payload()
    transfer = bench.transfer()
    record = AttemptRecord(
        transfer.id, "send", NOW, Outcome.DELIVERED, "", Times(), answer.id, 200
    )
    report = bench.report("early", dossier_id=dossier, payload=early.id)
    await bench.store.apply(
        Change(now=NOW, dossier_id=dossier, attempts=(record,), payloads=(answer,))
    )
    await bench.store.apply(Change(now=NOW, report=report, payloads=(early,)))
    there(await bench.store.delete(_to_delete(dossier, Kept.EXCHANGED)))
    equal(list(await bench.store.payloads([answer.id, early.id])), [early.id])
    there(await bench.store.delete(_to_delete(dossier, Kept.DOCUMENTS)))
    equal(list(await bench.store.payloads([early.id])), [])


@case
async def each_rule_follows_the_one_before(bench: Bench) -> None:
    """Of two people who change it at once one is told."""
    equal(list(await bench.store.retention_rules()), [])
    days = {Kept.FILES: 30, Kept.DOSSIER: 3_650}
    first = RetentionRule(1, NOW, NOW, "admin-1", "QĐ 01", days)
    await bench.store.set_retention(first, bench.line("retention"))
    await raises(
        ChangedMeanwhile, bench.store.set_retention(first, bench.line("retention"))
    )
    second = replace(first, version=2, effect_at=LATER, days={})
    await bench.store.set_retention(second, bench.line("retention"))
    equal(list(await bench.store.retention_rules()), [second, first])


@case
async def scrubbing_leaves_the_store_at_work(bench: Bench) -> None:
    """Whatever it does, what is kept is kept, and writing goes on."""
    made = await _over(bench)
    await bench.store.scrub()
    equal(await _left(bench, made), set(made["sealed"]))
    there(await bench.store.dossier(await bench.accepted(), EVERYTHING))


@case
async def a_key_is_wrapped_anew_where_it_is_as_it_was_read(bench: Bench) -> None:
    """Page by page, of one unit alone; what was changed meanwhile stays."""
    ids = [await bench.accepted() for _ in range(3)]
    await bench.accepted(case=bench.case(unit="unit-2"))
    found: list[tuple[DossierId, bytes]] = []
    while page := await bench.store.wrapped_keys(
        UNIT, after=found[-1][0] if found else "", limit=2
    ):
        found += page
    equal(found, [(one, b"wrapped") for one in ids])
    anew = [Rewrapped(one, b"wrapped", b"anew") for one in ids]
    equal(await bench.store.rewrap(anew[:1]), 1)
    equal(await bench.store.rewrap([*reversed(anew)]), 2)
    equal(await bench.store.rewrap([]), 0)
    now = await bench.store.wrapped_keys(UNIT, after="", limit=9)
    equal(list(now), [(one, b"anew") for one in ids])


@case
async def what_reports_of_no_dossier_said_goes_once_they_are_settled(
    bench: Bench,
) -> None:
    """Those that wait for a person stay whole; of the others the row stays."""
    said, label, waits = (bench.payload() for _ in range(3))
    settled = bench.report(
        "s", standing=Standing.SETTLED, payload=said.id, facts={"label": label.id}
    )
    unmatched = bench.report("u", standing=Standing.UNMATCHED, payload=waits.id)
    await bench.store.apply(
        Change(now=NOW, report=settled, payloads=(said, label), dossier_id=None)
    )
    await bench.store.apply(Change(now=NOW, report=unmatched, payloads=(waits,)))

    async def gone(before: datetime) -> int:
        return await bench.store.delete_strays(before, at=LATER, rule=1, limit=5)

    equal([await gone(NOW), await gone(LATER), await gone(LATER)], [0, 1, 0])
    left = await bench.store.payloads([said.id, label.id, waits.id])
    equal(list(left), [waits.id])
    row = there(await bench.store.report(settled.id))
    equal((row.payload, row.standing), (None, Standing.SETTLED))
    equal(there(await bench.store.report(unmatched.id)).payload, waits.id)
    await bench.store.seal(now=LATER)
    verified = await bench.store.verify_day(legal_day(LATER), None)
    equal((verified.wrong, verified.lines), ("", 1))


@case
async def of_two_who_delete_at_once_one_does(bench: Bench) -> None:
    """One line, one proof; who holds it at the same moment either does or is deleted."""
    made = await _over(bench)
    dossier = made["dossier"]
    given = _to_delete(dossier, Kept.DOSSIER, wrapped_key=b"another")
    found = await asyncio.gather(*(bench.store.delete(given) for _ in range(4)))
    equal(len([one for one in found if one is not None]), 1)
    told = [one.line.kind for one in await bench.store.journal(dossier)]
    equal(told.count("deleted"), 1)
    equal(len(await bench.store.deletions(dossier)), 1)
