"""Reads a backup to its end, and holds everything in it against everything else."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gateway.disk import durable
from gateway.domain.errors import BackupUnreadable, NeedsConfiguration
from gateway.store import verifying, verifying_roots
from gateway.store.migrate import migrations
from gateway.store.postgres import dumping
from gateway.store.postgres.migrate import PACKAGE as POSTGRES
from gateway.store.snapshot import facts
from gateway.vault import attachments
from gateway.vault.archive import ArchiveReader
from gateway.vault.local import LocalVault
from gateway.wiring import backups
from gateway.wiring.keys import MARK, STORE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from gateway.store.verifying import Held, Journal, Looking
    from gateway.vault.archive import Member
    from gateway.vault.keyring import Keyring

MOST_MANIFEST = 1024 * 1024
#: What an embedded store is called until it is whole.
DRAFT = f".{STORE}.restored"


@dataclass(slots=True)
class Found:
    """What was read of a backup, and what of it was proved."""

    id: str = ""
    point: datetime | None = None
    store: str = ""
    release: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    files: int = 0
    opened: int = 0
    #: files that were opened with the master key
    closed: int = 0
    #: files whose unit's key is not here
    file_bytes: int = 0
    database_bytes: int = 0
    lines: int = 0
    chains: int = 0
    seals: int = 0
    roots: int = 0
    #: signed roots of evidence over the seals
    with_master: bool = False
    proved: bool = False
    #: whoever made it had the same master key
    took_s: float = 0.0
    into: str = ""


class Target(Protocol):
    """Where a backup goes."""

    def database(self, pieces: Iterable[bytes]) -> None:
        """Put the database there."""

    def looking(self) -> AbstractContextManager[Looking]:
        """Look at it."""

    def file(self, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Put a file there while it passes by."""

    def newest(self) -> int:
        """The newest schema that this release knows of such a store."""

    def damaged(self) -> str:
        """What its engine says is wrong with it; empty when nothing is."""


class FileTarget:
    """A folder for an embedded store; ``files``: where its files go, if anywhere."""

    def __init__(self, folder: Path, files: Path | None) -> None:
        """Nothing is written yet."""
        self.path = folder / DRAFT
        self._files = files

    def database(self, pieces: Iterable[bytes]) -> None:
        """The file, under a name that no gateway opens."""
        self.path.unlink(missing_ok=True)
        with backups.new_file(self.path) as out:
            for piece in pieces:
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())

    @contextmanager
    def looking(self) -> Iterator[Looking]:
        """As nobody else does."""
        with verifying.looking_at_file(self.path) as looked:
            yield looked

    def file(self, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Into its place, if files are kept."""
        return _kept(self._files, name, pieces)

    def newest(self) -> int:
        """Of the embedded store."""
        return migrations()[-1][0]

    def damaged(self) -> str:
        """SQLite's own check."""
        return verifying.damaged(self.path)


class ServerTarget:
    """An empty database; ``files``: where its files go, if they are not rows."""

    def __init__(self, parameters: dict[str, str], files: Path | None) -> None:
        """Nothing is written yet."""
        self.parameters = parameters
        self._files = files

    def database(self, pieces: Iterable[bytes]) -> None:
        """All of it or nothing."""
        dumping.load(self.parameters, pieces)

    @contextmanager
    def looking(self) -> Iterator[Looking]:
        """In one transaction."""
        with verifying.looking_at_server(self.parameters) as looked:
            yield looked

    def file(self, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Into its place, if files are kept."""
        return _kept(self._files, name, pieces)

    def newest(self) -> int:
        """Of a database."""
        return migrations(POSTGRES)[-1][0]

    def damaged(self) -> str:
        """Every row went through the server's own checks and constraints."""
        return ""


def _kept(folder: Path | None, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    if folder is None:
        yield from pieces
        return
    place = folder / name[:2]
    if not place.is_dir():
        durable.make_folder(place)
    with backups.new_file(place / name, over=True) as out:
        for piece in pieces:
            out.write(piece)
            yield piece


def read(
    archive: Path,
    key: Path,
    target: Target,
    keyring: Keyring | None,
    told: Callable[[str], object],
) -> Found:
    """Read all of an archive into a target, and hold everything against everything.

    Raises:
        BackupUnreadable: something is not as it was written; ``remedy`` says what.
    """
    found, begun = Found(with_master=keyring is not None), time.monotonic()
    private = backups.private_key(key)
    with archive.open("rb") as source:
        members = ArchiveReader(source, private).members()
        about = _json(_next(members, backups.ABOUT))
        found.id, found.store = about["id"], about["store"]
        found.release = about["release"]
        found.point = datetime.fromisoformat(about["point"])
        told("database")
        member = _next(members, backups.DATABASE)
        target.database(member.pieces())
        found.database_bytes = member.size_bytes
        told("journal")
        _check_store(target, found)
        _check_master(keyring, found)
        told("files")
        last = _files(members, target, keyring, about, found)
        manifest = last.content(MOST_MANIFEST)
        proof = _next(members, backups.PROOF).content(MOST_MANIFEST)
        for _ in members:
            raise _wrong("backup_damaged", "members after the last")
    _check_manifest(json.loads(manifest), found)
    _check_proof(manifest, proof, keyring, found)
    found.took_s = time.monotonic() - begun
    return found


def _next(members: Iterator[Member], name: str) -> Member:
    member = next(members, None)
    if member is None or member.name != name:
        raise _wrong("backup_damaged", f"no {name}")
    return member


def _json(member: Member) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(member.content(MOST_MANIFEST))
    return content


def _check_store(target: Target, found: Found) -> None:
    wrong = target.damaged()
    if wrong:
        raise _wrong("backup_store_damaged", wrong)
    with target.looking() as looked:
        schema = int(looked.db.execute("SELECT max(version) FROM schema_version").get)
        if schema > target.newest():
            raise _wrong("backup_newer", f"schema {schema}")
        known = asdict(facts(looked.db, schema, MARK))
        checked: Journal = verifying.journal(looked)
        if checked.wrong:
            raise _wrong("backup_journal_broken", checked.wrong)
        evidence = verifying_roots.roots(looked, schema)
    if evidence.wrong:
        raise _wrong("backup_roots_broken", evidence.wrong)
    found.facts = known
    found.lines, found.chains = checked.lines, checked.chains
    found.seals, found.roots = checked.seals, evidence.roots


def _files(
    members: Iterator[Member],
    target: Target,
    keyring: Keyring | None,
    about: dict[str, Any],
    found: Found,
) -> Member:
    """Read every file, each held against the row that names it; the member after them."""
    vault = LocalVault(keyring, mono=time.monotonic) if keyring is not None else None
    in_rows = about["attachments"] == "postgresql"
    with target.looking() as looked:
        named = iter(()) if in_rows else verifying.held(looked)
        for member in members:
            if member.name != backups.FILE:
                left = next(named, None)
                if left is not None:
                    raise _missing(left.stored.name)
                return member
            held = next(named, None)
            name = str(member.facts.get("file"))
            if held is None or held.stored.name != name:
                raise _missing(held.stored.name if held else name)
            _file(member, held, target, vault, found)
    raise _wrong("backup_damaged", "no manifest")


def _file(
    member: Member, held: Held, target: Target, vault: LocalVault | None, found: Found
) -> None:
    passing = target.file(held.stored.name, member.pieces())
    key = None if vault is None else _key(vault, held)
    if key is None:
        found.closed += vault is not None
        for _ in passing:
            pass
    elif attachments.opens(key, held.stored.size_bytes, passing):
        found.opened += 1
    else:
        raise _wrong("backup_file_unreadable", held.stored.name)
    if member.size_bytes != attachments.sealed_bytes(held.stored.size_bytes):
        raise _wrong("backup_file_unreadable", held.stored.name)
    found.files += 1
    found.file_bytes += member.size_bytes


def _key(vault: LocalVault, held: Held) -> bytes | None:
    """None: the unit's key is not here, as one that was destroyed."""
    try:
        if held.dossier is None:
            return vault.file_key(held.stored)
        key = vault.key(held.dossier, held.unit, held.wrapped)
        return key.file_key(held.stored)
    except NeedsConfiguration:
        return None
    except ValueError:
        raise _wrong("backup_file_unreadable", held.stored.name) from None


def _check_manifest(manifest: dict[str, Any], found: Found) -> None:
    told = {**manifest["facts"]}
    for name, value in told.items():
        if found.facts.get(name) != value:
            raise _wrong(
                "backup_damaged", f"{name}: {value} told, {found.facts.get(name)} found"
            )
    counted = (found.files, found.file_bytes, found.database_bytes)
    files, database = manifest["files"], manifest["database"]
    if counted != (files["count"], files["bytes"], database["bytes"]):
        raise _wrong("backup_damaged", "counts")


def _check_master(keyring: Keyring | None, found: Found) -> None:
    known = found.facts["master"]
    if keyring is not None and known not in {"", keyring.fingerprint}:
        raise _wrong(
            "backup_master_differs", f"{known} in the store, {keyring.fingerprint} here"
        )


def _check_proof(
    manifest: bytes, proof: bytes, keyring: Keyring | None, found: Found
) -> None:
    if keyring is not None and proof:
        if proof != backups.proof_of(keyring, manifest):
            raise _wrong("backup_not_ours", "proof")
        found.proved = True


_REMEDIES = {
    "backup_damaged": "Bản sao này hỏng hoặc thiếu ({}), không dùng được: lấy bản sao"
    " trước đó, hoặc bản ở nơi cất thứ hai.",
    "backup_newer": "Bản sao này do bản phát hành mới hơn tạo ra ({}): dùng đúng bản"
    " phát hành ấy để khôi phục.",
    "backup_store_damaged": "Kho trong bản sao không qua được kiểm tra toàn vẹn ({}): lấy"
    " bản sao trước đó, và kiểm tra đĩa của kho đang chạy.",
    "backup_journal_broken": "Sổ nhật ký trong bản sao không khớp chuỗi băm ({}): lấy bản"
    " sao trước đó, báo bộ phận kỹ thuật.",
    "backup_roots_broken": "Gốc chứng cứ trong bản sao thiếu hoặc đã bị đổi ({}): lấy bản"
    " sao trước đó, báo bộ phận kỹ thuật; gói bằng chứng đã cấp vẫn kiểm tra được.",
    "backup_file_missing": "Kho trong bản sao nêu tệp {} mà bản sao không có tệp ấy: lấy"
    " bản sao trước đó.",
    "backup_file_unreadable": "Tệp {} trong bản sao không mở được bằng khóa chính này:"
    " kiểm tra master.key và units.json trong thư mục khóa.",
    "backup_master_differs": "Kho trong bản sao dùng khóa chính khác ({}): đặt đúng"
    " master.key và units.json đã cất cùng kho ấy.",
    "backup_not_ours": "Bản sao này không do nơi giữ khóa chính của kho tạo ra ({}): đừng"
    " dùng; xem ai đã đặt nó vào nơi cất.",
}


def _wrong(code: str, detail: str) -> BackupUnreadable:
    return BackupUnreadable(detail, code=code, remedy=_REMEDIES[code].format(detail))


def _missing(name: str) -> BackupUnreadable:
    return _wrong("backup_file_missing", name)
