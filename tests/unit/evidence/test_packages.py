"""Whatever is changed in a package is found, by the gateway's verifier and by the lone one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.conformance.store_making import NOW
from gateway.disk import archives
from gateway.domain.evidence import fingerprint
from gateway.evidence import packing
from gateway.validation.evidence_package import Trust, check, published
from gateway.vault.evidence_keys import EvidenceKeys
from tests.evidence_making import FILE, NAME, Made, Maker, Service, alone, made, ours

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, Made, Made]:
    """A package with payloads, the same without, and one of another dossier."""

    async def work(maker: Maker) -> tuple[Made, Made, Made]:
        first, other = await maker.dossier(), await maker.dossier()
        return (
            await maker.package(first),
            await maker.package(first, payloads=False),
            await maker.package(other),
        )

    found: tuple[Made, Made, Made] = made(tmp_path_factory.mktemp("store"), work)
    return found


@pytest.fixture
def whole(some: tuple[Made, Made, Made]) -> Made:
    return replace(some[0], files=dict(some[0].files))


def printed(one: Made) -> str:
    return fingerprint(one.published[0].public)


def both(content: bytes, one: Made, folder: Path) -> tuple[str, str]:
    """What either verifier says is wrong; empty: nothing."""
    code, last = alone(content, folder, "--fingerprint", printed(one))
    assert code in {0, 1}
    assert (code == 0) is last.startswith("CÒN NGUYÊN")
    said = ours(content, Trust(fingerprints=(printed(one),)))
    return said, "" if code == 0 else last


def lines(files: Files) -> list[bytes]:
    return files[packing.JOURNAL].split(b"\n")[:-1]


def with_lines(files: Files, texts: list[bytes]) -> Files:
    return {**files, packing.JOURNAL: b"".join(text + b"\n" for text in texts)}


def told(files: Files, name: str, change: Callable[[Any], object]) -> Files:
    content = json.loads(files[name])
    change(content)
    text = json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return {**files, name: text.encode()}


def another_moment(files: Files) -> Files:
    texts = lines(files)
    texts[1] = texts[1].replace(b"2026-03-10", b"2026-03-09")
    return with_lines(files, texts)


def another_outcome(files: Files) -> Files:
    texts = lines(files)
    texts[1] = texts[1].replace(b"not_delivered", b"delivered")
    return with_lines(files, texts)


def swapped(files: Files) -> Files:
    texts = lines(files)
    texts[1], texts[2] = texts[2], texts[1]
    return with_lines(files, texts)


def renumbered_swap(files: Files) -> Files:
    texts = lines(files)
    second, third = texts[1], texts[2]
    texts[1] = third.replace(b'"position":3', b'"position":2')
    texts[2] = second.replace(b'"position":2', b'"position":3')
    return with_lines(files, texts)


def middle_gone(files: Files) -> Files:
    texts = lines(files)
    return with_lines(files, texts[:2] + texts[3:])


def end_gone(files: Files) -> Files:
    """The last line and all that names it: as if nobody had asked for the package."""
    count = len(lines(files)) - 1
    cut = with_lines(files, lines(files)[:-1])
    cut = told(cut, packing.PROOFS, lambda c: c["lines"].pop())
    cut = told(cut, packing.PAYLOADS, lambda c: c["payloads"].pop())
    digest = json.loads(files[packing.PROOFS])["lines"][count - 1]["digest"]
    head = {"position": count, "digest": digest}
    return told(cut, packing.MANIFEST, lambda c: c.update(head=head))


def report_gone(files: Files) -> Files:
    """What came before the last line, as if it had never come."""
    texts = lines(files)
    last = texts[-1].replace(b'"position":6', b'"position":5')
    assert last != texts[-1]
    cut = with_lines(files, [*texts[:-2], last])
    cut = told(cut, packing.PROOFS, lambda c: c["lines"].pop(-2))
    cut = told(cut, packing.PAYLOADS, lambda c: c["payloads"].pop(-2))
    return told(cut, packing.EVENTS, lambda c: c["events"].pop())


def inserted(files: Files) -> Files:
    texts = lines(files)
    return with_lines(files, [*texts[:2], texts[1], *texts[2:]])


def proof_moved(files: Files) -> Files:
    def change(content: Any) -> None:
        content["lines"][1]["index"] += 1

    return told(files, packing.PROOFS, change)


def proof_of_another_line(files: Files) -> Files:
    def change(content: Any) -> None:
        rows = content["lines"]
        rows[1] = {**rows[2], "position": 2}

    return told(files, packing.PROOFS, change)


def seal_changed(files: Files) -> Files:
    def change(content: Any) -> None:
        content["seals"][0]["lines"] += 1

    return told(files, packing.PROOFS, change)


def root_changed(files: Files) -> Files:
    name = next(n for n in files if n.startswith("roots/") and n.endswith(".json"))
    return told(files, name, lambda c: c.update(seals=c["seals"] + 1))


def root_unsigned(files: Files) -> Files:
    name = next(n for n in files if n.endswith(".sig"))
    return {n: c for n, c in files.items() if n != name}


def root_gone(files: Files) -> Files:
    name = next(n for n in files if n.startswith("roots/") and n.endswith(".json"))
    return {n: c for n, c in files.items() if n != name}


def payload_changed(files: Files) -> Files:
    name = next(n for n in files if n.startswith("payloads/"))
    return {**files, name: files[name] + b" "}


def payload_called_deleted(files: Files) -> Files:
    """Its content is left out although the list says that it is there."""
    name = next(n for n in files if n.startswith("payloads/"))
    return {n: c for n, c in files.items() if n != name}


def payload_unlisted(files: Files) -> Files:
    return told(files, packing.PAYLOADS, lambda c: c["payloads"].pop(0))


def file_changed(files: Files) -> Files:
    return {**files, "files/a_1": FILE + b"!"}


def file_changed_with_its_hash(files: Files) -> Files:
    """With the list of files made to fit: its hash still stands in the report."""
    found = hashlib.sha256(FILE + b"!").hexdigest()
    changed = {**files, "files/a_1": FILE + b"!"}
    return told(changed, packing.FILES, lambda c: c["files"][0].update(sha256=found))


def file_gone(files: Files) -> Files:
    return {n: c for n, c in files.items() if n != "files/a_1"}


def event_of_another_moment(files: Files) -> Files:
    def change(content: Any) -> None:
        content["events"][1]["at"] = "2026-03-01T00:30:00+00:00"

    return told(files, packing.EVENTS, change)


def of_another_package(files: Files) -> Files:
    return told(files, packing.MANIFEST, lambda c: c.update(package="e_99999999"))


def of_another_dossier(files: Files) -> Files:
    return told(files, packing.MANIFEST, lambda c: c.update(dossier="d_99999999"))


def rewritten(files: Files, place: int) -> Files:
    """A line told otherwise, with every digest after it worked out anew."""
    texts = lines(files)
    texts[place] = texts[place].replace(b'"actor":"gateway"', b'"actor":"ai-khac"')
    digest, digests = bytes(32), []
    for text in texts:
        digest = hashlib.sha256(digest + text).digest()
        digests.append(digest.hex())

    def change(content: Any) -> None:
        for row, found in zip(content["lines"], digests, strict=True):
            row["digest"] = found

    head = {"position": len(texts), "digest": digests[-1]}
    changed = told(with_lines(files, texts), packing.PROOFS, change)
    return told(changed, packing.MANIFEST, lambda c: c.update(head=head))


def chain_made_anew(files: Files) -> Files:
    return rewritten(files, 1)


def chain_and_seal_made_anew(files: Files) -> Files:
    """The last line lies alone under its seal, whose root is made to fit."""
    changed = rewritten(files, -1)

    def change(content: Any) -> None:
        last = content["lines"][-1]
        seal = next(one for one in content["seals"] if one["last"] == last["seal"])
        assert seal["lines"] == 1
        leaf = b"\0" + bytes.fromhex(last["digest"])
        seal["root"] = hashlib.sha256(leaf).hexdigest()

    return told(changed, packing.PROOFS, change)


def seal_of_another_root(files: Files) -> Files:
    """Where a seal lies is told of a root that does not reach so far."""

    def change(content: Any) -> None:
        first, last = content["seals"][0], content["seals"][-1]
        assert first["signed_root"] != last["signed_root"]
        last["signed_root"] = first["signed_root"]

    return told(files, packing.PROOFS, change)


def signature_of_a_root_changed(files: Files) -> Files:
    name = next(n for n in files if n.endswith(".sig"))

    def change(content: Any) -> None:
        value = content["signature"]
        content["signature"] = ("0" if value[0] != "0" else "1") + value[1:]

    return told(files, name, change)


def root_signed_at_another_moment(files: Files) -> Files:
    name = next(n for n in files if n.endswith(".sig"))
    later = (NOW + timedelta(minutes=1)).isoformat()
    return told(files, name, lambda c: c.update(at=later))


#: Each is found even where the manifest was listed and signed anew by the true key.
CHANGES = (
    another_moment, another_outcome, swapped, renumbered_swap, middle_gone, end_gone,
    report_gone, inserted, proof_moved, proof_of_another_line, seal_changed,
    root_changed, root_unsigned, root_gone, payload_changed, payload_called_deleted,
    payload_unlisted, file_changed, file_changed_with_its_hash, file_gone,
    event_of_another_moment, of_another_package, of_another_dossier,
    chain_made_anew, chain_and_seal_made_anew, seal_of_another_root,
    signature_of_a_root_changed, root_signed_at_another_moment,
)  # fmt: skip


def test_what_nobody_touched_is_whole_for_both(
    some: tuple[Made, Made, Made], tmp_path: Path
) -> None:
    for one in some:
        assert both(one.content, one, tmp_path) == ("", "")
        again = one.sealed_again(one.files)
        assert both(again, one, tmp_path) == ("", ""), "the insider's control"


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_found_by_both(
    change: Callable[[Files], Files], whole: Made, tmp_path: Path
) -> None:
    changed = change(whole.files)
    assert changed != whole.files
    for said in both(archives.stored(changed), whole, tmp_path):
        assert said, "as somebody without the key would do it"
    for said in both(whole.sealed_again(changed), whole, tmp_path):
        assert said, "as somebody with the key would do it"


def test_a_proof_of_another_dossier_is_found_by_both(
    some: tuple[Made, Made, Made], tmp_path: Path
) -> None:
    mine, _, other = some
    for name in (packing.PROOFS, packing.JOURNAL):
        mixed = {**mine.files, name: other.files[name]}
        mixed |= {n: c for n, c in other.files.items() if n.startswith("roots/")}
        assert all(both(mine.sealed_again(mixed), mine, tmp_path))


def test_roots_signed_by_another_key_are_found_by_both(
    whole: Made, tmp_path: Path
) -> None:
    stranger = EvidenceKeys(tmp_path)
    stranger.make_first(NOW)
    (own,) = stranger.held()
    files = {n: c for n, c in whole.files.items() if not n.endswith(".sig")}
    for name in [n for n in files if n.startswith("roots/")]:
        found = stranger.sign(files[name], NOW)
        assert found is not None
        files[f"{name.removesuffix('.json')}.{own.id}.sig"] = packing.signature(found)
    keys = {"keys": [packing.key_told(own)]}
    files[packing.KEYS] = json.dumps(keys).encode()
    forged = replace(whole, files=files, keys=stranger).sealed_again(files)
    for said in both(forged, whole, tmp_path):
        assert "không phải khóa đã công bố" in said
    # Without anything from elsewhere it holds together, and neither says more than that.
    assert alone(forged, tmp_path)[0] == 2
    assert not check(forged, Trust()).compared


def test_a_key_that_was_revoked_counts_no_more_for_both(
    whole: Made, tmp_path: Path
) -> None:
    (key,) = whole.published
    gone = replace(key, revoked_at=NOW + timedelta(days=1))
    for one, says in ((key, ""), (gone, "đã bị thu hồi")):
        path = tmp_path / "khoa.json"
        path.write_text(json.dumps({"keys": [packing.key_told(one)]}))
        trust = Trust(keys=published(path.read_bytes()))
        code, last = alone(whole.content, tmp_path, "--keys", str(path))
        assert (code, says in last) == (1 if says else 0, True)
        assert says in ours(whole.content, trust)
        assert bool(ours(whole.content, trust)) == bool(says)


def test_nodes_with_keys_of_their_own_make_one_package(tmp_path: Path) -> None:
    """Roots by one node, the manifest by another: both keys have to be compared."""
    (tmp_path / "second").mkdir()

    async def work(maker: Maker) -> Made:
        dossier = await maker.dossier()
        first = maker.keys.held()
        maker.keys = EvidenceKeys(tmp_path / "second")
        maker.keys.make_first(NOW)
        return await maker.package(dossier, also=first)

    one: Made = made(tmp_path, work)
    prints = [fingerprint(key.public) for key in one.published]
    assert len(prints) == 2
    options = [word for one in prints for word in ("--fingerprint", one)]
    assert alone(one.content, tmp_path, *options)[0] == 0
    assert ours(one.content, Trust(tuple(prints))) == ""
    for left in prints:
        assert alone(one.content, tmp_path, "--fingerprint", left)[0] == 1
        assert "không phải khóa đã công bố" in ours(one.content, Trust((left,)))


def test_a_key_counts_in_its_time_alone_for_both(whole: Made, tmp_path: Path) -> None:
    (key,) = whole.published
    before, after = NOW - timedelta(days=9), NOW + timedelta(days=9)
    for since, until, fits in (
        (before, None, True),
        (before, after, True),
        (after, None, False),
        (before, NOW - timedelta(days=1), False),
    ):
        path = tmp_path / "khoa.json"
        one = replace(key, since=since, until=until)
        path.write_text(json.dumps({"keys": [packing.key_told(one)]}))
        assert alone(whole.content, tmp_path, "--keys", str(path))[0] == (not fits)
        trust = Trust(keys=published(path.read_bytes()))
        assert (ours(whole.content, trust) == "") is fits


def test_a_package_outlives_what_was_deleted_by_its_term(tmp_path: Path) -> None:
    async def work(maker: Maker) -> Made:
        return await maker.package(await maker.dossier(gone=True))

    one: Made = made(tmp_path, work)
    assert both(one.content, one, tmp_path) == ("", "")
    assert check(one.content, Trust(fingerprints=(printed(one),))).deleted == 1
    assert "1 nội dung đã xóa theo thời hạn" in one.files[packing.PAGE].decode()
    assert NAME.encode() not in one.content


def test_without_payloads_nobody_is_named(some: tuple[Made, Made, Made]) -> None:
    with_, without, _ = some
    assert NAME.encode() in with_.content
    assert NAME.encode() not in without.content
    assert FILE not in without.content
    found = check(without.content, Trust(fingerprints=(printed(without),)))
    assert (found.left_out, found.deleted) == (4, 0)


def test_the_same_evidence_makes_the_same_package(
    some: tuple[Made, Made, Made],
) -> None:
    one = some[0]
    files = dict(reversed(one.files.items()))
    assert archives.stored(files) == one.content
    assert archives.read_stored(one.content) == one.files


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(place=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255))
def test_no_byte_can_be_another_one(
    place: float, bits: int, some: tuple[Made, Made, Made], tmp_path: Path
) -> None:
    one = some[1]
    content = bytearray(one.content)
    content[int(place * len(content))] ^= bits
    assert all(both(bytes(content), one, tmp_path))


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    begin=st.floats(0, 1), length=st.integers(0, 400), filling=st.binary(max_size=40)
)
def test_no_piece_can_be_cut_out_or_put_in(
    begin: float,
    length: int,
    filling: bytes,
    some: tuple[Made, Made, Made],
    tmp_path: Path,
) -> None:
    one = some[1]
    at = int(begin * len(one.content))
    content = one.content[:at] + filling + one.content[at + length :]
    if content != one.content:
        assert all(both(content, one, tmp_path))


@pytest.mark.system
def test_a_timestamp_is_checked_by_both_and_a_wrong_one_is_found(
    tmp_path: Path,
) -> None:
    service, stranger = Service(tmp_path / "tsa"), Service(tmp_path / "other")

    async def work(maker: Maker) -> Made:
        dossier = await maker.dossier()
        root = await maker.store.newest_root()
        assert root is not None
        await maker.store.keep_stamp(service.stamped(root.statement, root.number))
        return await maker.package(dossier)

    one: Made = made(tmp_path, work)
    (name,) = (n for n in one.files if n.endswith(".tsr"))
    good, other = service.certificates, stranger.certificates
    moved = {**one.files, name: service.stamped(b"another", 1).token}
    cut = {**one.files, name: one.files[name][:-9]}
    key = ("--fingerprint", printed(one))
    for content, authority, fits in (
        (one.content, good, True),
        (one.content, other, False),
        (one.sealed_again(moved), good, False),
        (one.sealed_again(cut), good, False),
    ):
        assert alone(content, tmp_path, *key, "--tsa", str(authority))[0] == (not fits)
        trust = Trust((printed(one),), authority=authority.read_bytes())
        assert (ours(content, trust) == "") is fits
    found = check(one.content, Trust((printed(one),), authority=good.read_bytes()))
    assert (found.stamped, found.unchecked, found.roots) == (1, 0, 2)
    assert check(one.content, Trust((printed(one),))).unchecked == 1
