"""A backup whose evidence roots were changed or are missing is told by name."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import apsw
import pytest

from gateway.domain.errors import BackupUnreadable
from gateway.domain.evidence import KEY_LINE, Stamp, next_root
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import canonical_json, of_json
from gateway.store import verifying
from gateway.vault.evidence_keys import EvidenceKeys
from tests.attack.frame import Attack, attacks
from tests.journeys.commands import lienthong
from tests.unit.wiring.test_backups import Place
from tests.unit.wiring.test_backups import place as place  # noqa: PLC0414  a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.store
AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
DOOR = "lienthong restore --verify"


@pytest.fixture
async def rooted(place: Place) -> Place:
    """Three roots over a seal each, signed, the second stamped."""
    keys = EvidenceKeys(place.run / "keys")
    keys.make_first(AT)
    (key,) = keys.held()
    await place.store.keep_evidence_key(
        key, JournalLine(KEY_LINE, AT, "gateway", {"key": key.id})
    )
    for _ in range(3):
        line = JournalLine("looked", AT, "quan-tri", {"what": "list"})
        await place.store.note("reads:2026-03-10", [line])
        await place.store.seal(now=AT)
        before = await place.store.newest_root()
        last = before.last if before else 0
        root = next_root(before, list(await place.store.seals_after(last, 10)), AT)
        signature = keys.sign(root.statement, AT)
        assert signature is not None
        await place.store.add_root(root, signature)
    await place.store.keep_stamp(Stamp(2, AT, b"token"))
    return place


@contextlib.contextmanager
def opened(run: Path) -> Iterator[apsw.Connection]:
    db = apsw.Connection(str(run / "store.sqlite"))
    try:
        yield db
    finally:
        db.close()


#: What somebody who may write the store does to it → what is told of it.
CHANGES = {
    "statement-unreadable": (
        "UPDATE seal_root SET statement = zeroblob(9) WHERE number = 2",
        "",
        "root 2: its statement cannot be read",
    ),
    "statement-rewritten": (
        (
            "UPDATE seal_root SET statement = CAST(replace(CAST(statement AS TEXT),"
            " '02:00:00', '03:00:00') AS BLOB) WHERE number = 3"
        ),
        "",
        "root 3: the signature of",
    ),
    "covers-more": (
        "UPDATE seal_root SET last = last + 1 WHERE number = 3",
        "",
        "root 3: its row says something else",
    ),
    "taken-from-the-middle": (
        "DELETE FROM seal_root WHERE number = 2",
        "",
        "root 2 is missing",
    ),
    "first-taken": ("DELETE FROM seal_root WHERE number = 1", "", "root 1 is missing"),
    "last-taken": ("DELETE FROM seal_root WHERE number = 3", "", "root 3 is missing"),
    "all-taken": ("DELETE FROM seal_root", "", "root 1 is missing"),
    "another-in-its-place": (
        (
            "UPDATE seal_root SET statement ="
            " (SELECT statement FROM seal_root WHERE number = 1) WHERE number = 2"
        ),
        "",
        "root 2: its row says something else",
    ),
    "numbers-moved": (
        "DELETE FROM seal_root WHERE number = 1",
        "UPDATE seal_root SET number = number - 1",
        "root 1: its row says something else",
    ),
    "signature-changed": (
        "UPDATE root_signature SET value = zeroblob(64) WHERE root = 1",
        "",
        "root 1: the signature of",
    ),
    "signature-of-another-root": (
        (
            "UPDATE root_signature SET value ="
            " (SELECT value FROM root_signature WHERE root = 1) WHERE root = 2"
        ),
        "",
        "root 2: the signature of",
    ),
    "signatures-taken": (
        "DELETE FROM root_signature WHERE root = 2",
        "",
        "root 2: nobody signed it",
    ),
    "key-taken": ("DELETE FROM evidence_key", "", "which is no key of this store"),
    "key-replaced": (
        "UPDATE evidence_key SET public = zeroblob(32)",
        "",
        "root 1: the signature of",
    ),
}


@pytest.mark.parametrize(
    ("attack", "technique"),
    attacks(*((Attack(33, f"root-{name}", DOOR), name) for name in CHANGES)),
)
async def test_a_backup_with_a_changed_root_is_told_by_its_number(
    rooted: Place, attack: Attack, technique: str
) -> None:
    first, then, told = CHANGES[technique]
    with opened(rooted.run) as db:
        db.execute(first)
        assert db.changes()
        if then:
            db.execute(then)
    made = rooted.make()
    with pytest.raises(BackupUnreadable) as wrong:
        rooted.verify(made.path)
    assert wrong.value.code == "backup_roots_broken"
    assert told in str(wrong.value)
    assert told in wrong.value.remedy


@pytest.mark.control
@pytest.mark.parametrize(
    ("attack", "technique"),
    attacks(*((Attack(33, f"root-{name}", DOOR), name) for name in CHANGES)),
)
async def test_chains_and_seals_alone_notice_none_of_it(
    rooted: Place, attack: Attack, technique: str
) -> None:
    first, then, _ = CHANGES[technique]
    with opened(rooted.run) as db:
        db.execute(first)
        if then:
            db.execute(then)
    with verifying.looking_at_file(rooted.run / "store.sqlite") as looked:
        assert verifying.journal(looked).wrong == ""


@pytest.mark.parametrize(
    ("attack", "field", "value", "told"),
    attacks(
        (Attack(33, "root-made-anew", DOOR), "tree", "00" * 32, "covers other seals"),
        (Attack(33, "root-of-another-past", DOOR), "previous", "00" * 32, "not follow"),
        (Attack(33, "root-that-leaves-out", DOOR), "after", 0, "not follow"),
    ),
)
async def test_what_the_right_key_signs_has_to_fit_the_journal_all_the_same(
    rooted: Place, attack: Attack, field: str, value: object, told: str
) -> None:
    with opened(rooted.run) as db:
        ((statement,),) = db.execute(
            "SELECT statement FROM seal_root WHERE number = 2"
        ).fetchall()
        assert isinstance(statement, bytes)
        made = canonical_json({**of_json(statement), field: value})
        signature = EvidenceKeys(rooted.run / "keys").sign(made, AT)
        assert signature is not None
        db.execute("UPDATE seal_root SET statement = ? WHERE number = 2", (made,))
        db.execute(
            "UPDATE root_signature SET value = ? WHERE root = 2", (signature.value,)
        )
    with pytest.raises(BackupUnreadable) as wrong:
        rooted.verify(rooted.make().path)
    assert wrong.value.code == "backup_roots_broken"
    assert "root 2: it" in str(wrong.value)
    assert told in str(wrong.value)


@pytest.mark.honest
@pytest.mark.parametrize("attack", attacks((Attack(33, "roots-untouched", DOOR),)))
async def test_untouched_roots_hold_and_are_counted_and_a_revoked_key_is_no_damage(
    rooted: Place, attack: Attack
) -> None:
    assert rooted.verify(rooted.make().path).roots == 3
    (key,) = await rooted.store.evidence_keys()
    line = JournalLine(KEY_LINE, AT, "quan-tri", {"key": key.id})
    assert await rooted.store.revoke_evidence_key(key.id, AT, line)
    await rooted.store.seal(now=AT)
    assert rooted.verify(rooted.make().path).roots == 3


async def test_a_store_that_never_made_a_root_is_restored(place: Place) -> None:
    assert place.verify(place.make().path).roots == 0


async def test_a_store_from_before_there_were_roots_is_read(rooted: Place) -> None:
    with opened(rooted.run) as db:
        for table in ("root_stamp", "root_signature", "seal_root", "evidence_key"):
            db.execute(f"DROP TABLE {table}")
        db.execute("DELETE FROM schema_version WHERE version > 25")
    assert rooted.verify(rooted.make().path).roots == 0


async def test_the_command_names_the_root_and_ends_with_one(rooted: Place) -> None:
    whole = rooted.make()
    words = ("--verify", "--key", rooted.key, "--settings", rooted.settings)
    good = await lienthong("restore", whole.path, *words, run_dir=rooted.run)
    assert good.code == 0, good.out + good.err
    assert "3 gốc chứng cứ" in good.out
    with opened(rooted.run) as db:
        db.execute("DELETE FROM seal_root WHERE number = 2")
    bad = await lienthong("restore", rooted.make().path, *words, run_dir=rooted.run)
    assert bad.code == 1
    said = " ".join((bad.out + bad.err).split())
    assert "Gốc chứng cứ trong bản sao thiếu hoặc đã bị đổi" in said
    assert "root 2 is missing" in said
