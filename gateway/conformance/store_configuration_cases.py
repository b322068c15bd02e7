"""What every store must tell of versions of the configuration."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from gateway.conformance.expect import equal, raises
from gateway.conformance.store_making import Bench, case
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import PrincipalId
from gateway.domain.proposed import LINE, ProposedConfiguration, ProposedState


@case
async def versions_are_told_newest_first_with_who_made_each(bench: Bench) -> None:
    """Two of one moment keep their own lines; the same content makes neither."""
    for number, why in ((1, "đầu tiên"), (2, "thêm đơn vị"), (3, "sửa lịch")):
        line = bench.line("calendar" if number == 3 else "configuration", why=why)
        await bench.store.add_configuration({"n": number}, line)
    await bench.store.add_configuration({"n": 3}, bench.line("configuration"))
    found = list(await bench.store.configurations(before=None, limit=9))
    equal([one.version for one in found], [3, 2, 1])
    equal([one.kind for one in found], ["calendar", "configuration", "configuration"])
    equal(
        [(one.facts or {}).get("why") for one in found],
        ["sửa lịch", "thêm đơn vị", "đầu tiên"],
    )
    equal({one.at for one in found}, {bench.now})
    equal(len({one.actor for one in found} - {""}), 1)


@case
async def versions_come_in_pages(bench: Bench) -> None:
    """The next page begins before the last one's smallest."""
    for number in range(1, 6):
        await bench.store.add_configuration({"n": number}, bench.line("configuration"))
    first = list(await bench.store.configurations(before=None, limit=2))
    second = list(await bench.store.configurations(before=first[-1].version, limit=2))
    equal([one.version for one in (*first, *second)], [5, 4, 3, 2])
    equal(list(await bench.store.configurations(before=1, limit=2)), [])


def _proposed(bench: Bench, base: int) -> ProposedConfiguration:
    return ProposedConfiguration(
        id=bench.name("p"),
        base=base,
        content={"n": base + 1},
        by=PrincipalId("one"),
        at=bench.now,
        why="đơn vị đổi địa chỉ (ví dụ)",
    )


@case
async def what_waits_for_its_second_person_is_no_version(bench: Bench) -> None:
    """One waits at a time; nothing runs by it until it is decided."""
    store = bench.store
    await store.add_configuration({"n": 1}, bench.line("configuration"))
    row = _proposed(bench, 1)
    await store.propose_configuration(row, bench.line(LINE, what="asked"))
    equal(await store.proposed_configuration(), row)
    equal(await store.proposed_configuration(row.id), row)
    equal(await store.configuration(None), (1, {"n": 1}))
    other = replace(row, id=bench.name("p"))
    again = store.propose_configuration(other, bench.line(LINE, what="asked"))
    await raises(ChangedMeanwhile, again)
    equal(await store.proposed_configuration(other.id), None)


@case
async def what_is_approved_runs_in_the_same_unit_and_once(bench: Bench) -> None:
    """Of several who approve at once one does; its version says so."""
    store = bench.store
    await store.add_configuration({"n": 1}, bench.line("configuration"))
    row = _proposed(bench, 1)
    await store.propose_configuration(row, bench.line(LINE, what="asked"))
    line = bench.line("configuration", proposal=row.id, what="approved")
    done = await asyncio.gather(
        *(
            store.decide_proposed(
                *(row.id, ProposedState.APPROVED, line), content=row.content, after=1
            )
            for _ in range(4)
        ),
        return_exceptions=True,
    )
    equal(sorted(str(one) for one in done if not isinstance(one, Exception)), ["2"])
    refused = [one for one in done if isinstance(one, Exception)]
    equal({type(one) for one in refused}, {ChangedMeanwhile})
    equal(await store.configuration(None), (2, {"n": 2}))
    equal(await store.proposed_configuration(), None)
    kept = await store.proposed_configuration(row.id)
    equal(kept and (kept.state, kept.decided_by), (ProposedState.APPROVED, line.actor))
    (newest, *_) = await store.configurations(before=None, limit=9)
    equal((newest.facts or {}).get("proposal"), row.id)


@case
async def what_another_version_overtook_is_not_approved(bench: Bench) -> None:
    """It goes on waiting, and nothing of the unit is kept."""
    store = bench.store
    await store.add_configuration({"n": 1}, bench.line("configuration"))
    row = _proposed(bench, 1)
    await store.propose_configuration(row, bench.line(LINE, what="asked"))
    await store.add_configuration({"n": 9}, bench.line("configuration"))
    line = bench.line("configuration", proposal=row.id)
    approval = store.decide_proposed(
        *(row.id, ProposedState.APPROVED, line), content=row.content, after=1
    )
    await raises(ChangedMeanwhile, approval)
    equal(await store.proposed_configuration(), row)
    equal(await store.configuration(None), (2, {"n": 9}))
    said = bench.line(LINE, proposal=row.id, what="rejected")
    equal(await store.decide_proposed(row.id, ProposedState.REJECTED, said), 0)
    equal(await store.proposed_configuration(), None)


@case
async def the_time_of_what_nobody_else_approves_begins_and_ends(bench: Bench) -> None:
    """From the notice on, until somebody else may approve it."""
    store = bench.store
    row = _proposed(bench, 0)
    await store.propose_configuration(row, bench.line(LINE, what="asked"))
    until = bench.later(3600)
    await store.told_of_proposed(row.id, bench.now, until)
    told = replace(row, told_at=bench.now, effect_at=until)
    equal(await store.proposed_configuration(), told)
    await store.told_of_proposed(row.id, None, None)
    equal(await store.proposed_configuration(), row)
