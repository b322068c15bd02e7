"""The journal of a whole run, held against its file by a verifier of its own."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from tests.journeys.test_callbacks import (
    CORRECTION,
    finish,
    progress,
    quiet_world,
    supplement_request,
)
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]
FINISHED, SUPPLEMENTED, WITHDRAWN = (f"H00.01-260310-098{n}" for n in range(3))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Row = tuple[Any, ...]


def line_digest(previous: bytes, chain: str, row: Row) -> bytes:
    """SHA-256 over the digest before and the line's text, as the decision says."""
    position, kind, at, actor, facts, payload, payload_digest = row
    told = {
        "actor": actor,
        "at": (EPOCH + timedelta(microseconds=at)).isoformat(),
        "chain": chain,
        "facts": json.loads(facts),
        "kind": kind,
        "payload": payload or "",
        "payload_digest": payload_digest.hex(),
        "position": position,
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(previous + text.encode()).digest()


def tree_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 by its recursive definition: split at the largest power of two."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    left, right = tree_root(leaves[:split]), tree_root(leaves[split:])
    return hashlib.sha256(b"\1" + left + right).digest()


def broken(path: Path) -> list[str]:
    """What does not hold in a store's journal; empty when all of it does."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return [*_chains(db), *_payloads(db), *_seals(db)]
    finally:
        db.close()


def _chains(db: apsw.Connection) -> list[str]:
    found = []
    heads: dict[str, tuple[int, bytes]] = {}
    for name, digest, *row in db.execute(
        "SELECT coalesce(chain, 'dossier:' || dossier_id), digest, position, kind, at,"
        " actor, facts, payload, payload_digest FROM journal ORDER BY id"
    ):
        position, previous = heads.get(name, (0, bytes(32)))
        if row[0] != position + 1:
            found.append(f"{name}: {row[0]} after {position}")
        if digest != line_digest(previous, name, tuple(row)):
            found.append(f"{name}: line {row[0]} is not what was written")
        heads[name] = (row[0], digest)
    kept = {
        name: (position, digest)
        for name, position, digest in db.execute(
            "SELECT 'dossier:' || id, chain_position, chain_digest FROM dossier"
            " UNION ALL SELECT name, position, digest FROM chain"
        )
    }
    return found if heads == kept else [*found, "heads differ from chains"]


def _payloads(db: apsw.Connection) -> list[str]:
    rows = db.execute(
        "SELECT j.id FROM journal AS j JOIN payload AS p ON p.id = j.payload"
        " WHERE p.digest <> j.payload_digest"
    ).fetchall()
    return [f"line {identifier}: another payload" for (identifier,) in rows]


def _seals(db: apsw.Connection) -> list[str]:
    rows: list[Any] = db.execute("SELECT id, digest FROM journal").fetchall()
    leaves: dict[int, bytes] = dict(rows)
    found, before, end = [], bytes(32), 0
    for last, lines, root, previous, digest in db.execute(
        "SELECT last, lines, root, previous, digest FROM seal ORDER BY last"
    ):
        numbers = range(last - lines + 1, last + 1)
        if numbers.start != end + 1 or previous != before:
            found.append(f"seal {last} does not follow")
        if root != tree_root([leaves.get(n, b"") for n in numbers]):
            found.append(f"seal {last}: another root")
        sizes = last.to_bytes(8, "big") + lines.to_bytes(8, "big")
        if digest != hashlib.sha256(before + root + sizes).digest():
            found.append(f"seal {last} is not what was written")
        before, end = digest, last
    return found if end == max(leaves) else [*found, f"{max(leaves) - end} unsealed"]


async def _whole_run(world: World) -> None:
    lane = "/v1/lanes/land-mau-1"
    why = {"reason": "Chi nhánh nâng cấp hệ thống"}
    await world.call("POST", f"{lane}/pause", why, role="administrator")
    await world.submit(a_dossier(FINISHED))
    for number in (SUPPLEMENTED, WITHDRAWN):
        await world.submit(a_dossier(number, **CORRECTION))
    await world.call("POST", f"{lane}/resume", {}, role="administrator")
    await world.pass_hours(1)
    asked = supplement_request(SUPPLEMENTED, "2026-03-10T02:00:00")
    for _ in range(2):
        await world.push("YeuCauBoSungHoSo", asked)
    late = progress(SUPPLEMENTED, 12, "2026-03-09T02:00:00")
    await world.push("ChuyenHoSo", late)
    await world.push("ChuyenHoSo", progress("H00.01-260310-0989", 12, "2026-03-10"))
    papers = {"documents": [{"name": "Bản vẽ", "originals": 1, "copies": 0}]}
    path = f"/v1/dossiers/{SUPPLEMENTED}/supplements"
    await world.call("POST", path, papers)
    path = f"/v1/dossiers/{WITHDRAWN}/withdrawal"
    await world.call("POST", path, {"reason": "Thôi đính chính"})
    await world.settle()
    ended = finish(WITHDRAWN, "2026-03-12T08:00:00", ending=1)
    await world.push("KetThucHoSo", ended)
    await world.settle()
    await world.seal()


async def test_a_verifier_of_its_own_finds_every_line_as_it_was_written(
    tmp_path: Path,
) -> None:
    world = quiet_world(tmp_path, SUPPLEMENTED, WITHDRAWN)
    world.scenario(FINISHED, tax={"notices_after_h": 1, "pay_after_h": 8})
    async with world:
        await _whole_run(world)
        assert (await world.shown(FINISHED))["end"] == "finished"
        assert (await world.shown(WITHDRAWN))["end"] == "withdrawn"
        await world.stop_gateway()
        await world.start_gateway()
        await world.submit(a_dossier("H00.01-260310-0988", **CORRECTION))
        await world.settle()
        await world.stop_gateway()
        await world.start_gateway()
        await world.seal()
        await world.stop_gateway()
        path = world.stage.run_dir / "store.sqlite"
        assert broken(path) == []
        db = apsw.Connection(str(path))
        kinds = {kind for (kind,) in db.execute("SELECT DISTINCT kind FROM journal")}
        assert {"attempt", "report", "happened", "status", "lane", "ended"} <= kinds
        db.execute("UPDATE journal SET actor = 'khac' WHERE id = 9")
        db.close()
        assert len(broken(path)) == 1


async def test_the_verifier_finds_a_line_that_was_taken_out(tmp_path: Path) -> None:
    async with World(tmp_path / "run", configure=quick) as world:
        await world.submit(a_dossier(FINISHED, **CORRECTION))
        await world.settle()
        await world.seal()
        await world.stop_gateway()
        path = world.stage.run_dir / "store.sqlite"
        assert broken(path) == []
        db = apsw.Connection(str(path))
        db.execute("DELETE FROM journal WHERE id = (SELECT max(id) - 2 FROM journal)")
        db.close()
        assert len(broken(path)) >= 2
