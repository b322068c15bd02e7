"""What every store must tell of versions of the configuration."""

from __future__ import annotations

from gateway.conformance.expect import equal
from gateway.conformance.store_making import Bench, case


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
