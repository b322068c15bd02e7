"""What every store must do about roots over seals, their signatures, stamps and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.expect import equal, raises, there
from gateway.conformance.store_making import Bench, case
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.evidence import (
    EvidenceKey,
    Signature,
    Stamp,
    key_id,
    next_root,
    root_from,
)
from gateway.domain.identifiers import DossierId
from gateway.domain.values import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.evidence import Root


def _key(bench: Bench, letter: bytes) -> EvidenceKey:
    public = letter * 32
    return EvidenceKey(key_id(public), public, bench.now)


def _signature(bench: Bench, key: str = "k1") -> Signature:
    return Signature(key, bench.now, b"signature")


async def _rooted(bench: Bench) -> Root:
    """A root over all seals that have none."""
    before = await bench.store.newest_root()
    seals = await bench.store.seals_after(before.last if before else 0, 100)
    root = next_root(before, list(seals), bench.now)
    await bench.store.add_root(root, _signature(bench))
    return root


async def _numbers(bench: Bench, dossier: DossierId) -> Sequence[int]:
    return [one.number or 0 for one in await bench.store.journal(dossier)]


@case
async def every_line_leads_to_a_signed_root(bench: Bench) -> None:
    """Whichever seal and root it lies under, by its digest alone."""
    dossiers = []
    for size in (1, 3, 2, 5):
        for _ in range(size):
            dossiers.append(await bench.accepted())  # noqa: PERF401  they follow each other
        await bench.store.seal(now=bench.now)
        if size != 3:
            await _rooted(bench)
    newest = there(await bench.store.newest_root())
    equal(newest.number, 3)
    for dossier in dossiers:
        lines = await bench.store.journal(dossier)
        found = await bench.store.covered([one.number or 0 for one in lines])
        seals = {one.seal.last: one for one in found.seals}
        roots = {one.root.number: one for one in found.roots}
        equal([one.number for one in found.lines], [one.number for one in lines])
        for line, proof in zip(lines, found.lines, strict=True):
            under = seals[proof.seal]
            seal, root = under.seal, roots[under.root]
            led = root_from(line.digest, proof.index, seal.lines, proof.path)
            equal(led, seal.root)
            led = root_from(seal.digest, under.index, root.root.seals, under.path)
            equal(led.hex() in root.root.statement.decode(), expected=True)
            equal(root.signatures, (_signature(bench),))


@case
async def a_line_without_a_root_says_so(bench: Bench) -> None:
    """Neither one that is not sealed nor one whose seal has none."""
    dossier = await bench.accepted()
    await bench.store.seal(now=bench.now)
    found = await bench.store.covered(await _numbers(bench, dossier))
    equal([(one.root, one.path) for one in found.seals], [(0, ())])
    equal(found.roots, ())
    equal((await bench.store.covered([999])).lines, ())


@case
async def of_two_next_roots_one_is_kept(bench: Bench) -> None:
    """The other learns of it; nothing of it stays."""
    await bench.accepted()
    await bench.store.seal(now=bench.now)
    seals = await bench.store.seals_after(0, 10)
    root = next_root(None, list(seals), bench.now)
    await bench.store.add_root(root, _signature(bench))
    other = next_root(None, list(seals), bench.later(1))
    await raises(ChangedMeanwhile, bench.store.add_root(other, _signature(bench, "k2")))
    equal(await bench.store.newest_root(), root)
    equal(len(await bench.store.unsigned_roots(["k2"], 10)), 1)


@case
async def roots_are_signed_again_and_stamped_once(bench: Bench) -> None:
    """The oldest first, so many at once; a second stamp changes nothing."""
    roots = []
    for _ in range(3):
        await bench.accepted()
        await bench.store.seal(now=bench.now)
        roots.append(await _rooted(bench))
    equal(await bench.store.unsigned_roots(["k1"], 10), [])
    equal(await bench.store.unsigned_roots([], 10), roots)
    equal(await bench.store.unsigned_roots(["k2"], 2), roots[:2])
    await bench.store.sign_root(1, _signature(bench, "k2"))
    equal(await bench.store.unsigned_roots(["k2"], 10), roots[1:])
    equal(await bench.store.unstamped_roots(2), roots[:2])
    stamp = Stamp(1, bench.later(5), b"token")
    await bench.store.keep_stamp(stamp)
    await bench.store.keep_stamp(Stamp(1, bench.later(9), b"another"))
    equal(await bench.store.unstamped_roots(10), roots[1:])
    (found,) = (await bench.store.covered([1])).roots
    equal(found.stamp, stamp)
    equal(found.signatures, (_signature(bench), _signature(bench, "k2")))


@case
async def a_key_stays_with_its_end_and_its_revocation(bench: Bench) -> None:
    """Publishing it again never undoes that it was revoked."""
    first, second = _key(bench, b"a"), _key(bench, b"b")
    line = bench.line("evidence_key")
    for one in (first, second):
        await bench.store.keep_evidence_key(one, line)
    ends = replace(first, until=bench.later(60))
    await bench.store.keep_evidence_key(ends, line)
    kept = sorted((ends, second), key=lambda key: key.id)
    equal(list(await bench.store.evidence_keys()), kept)
    revoke, at = bench.store.revoke_evidence_key, bench.later(30)
    equal(await revoke(first.id, at, line), expected=True)
    equal(await revoke(first.id, bench.later(40), line), expected=False)
    equal(await revoke("unknown", at, line), expected=False)
    await bench.store.keep_evidence_key(first, line)
    known = {one.id: one for one in await bench.store.evidence_keys()}
    equal(known[first.id], replace(first, revoked_at=at))
