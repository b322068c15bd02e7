"""An encrypted archive that is written and read as a stream.

After a head in plain (for which pair of keys, which archive) come sealed chunks. A
chunk's nonce is its number and whether it is the last; each is bound to the head. So
one that was altered, moved, dropped or added does not open, and an archive without its
last chunk is known to be cut off. Inside lie members, one after the other, each with
the hash of its content.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.domain.errors import BackupUnreadable
from gateway.vault import escrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cryptography.hazmat.primitives.asymmetric.x25519 import (
        X25519PrivateKey,
        X25519PublicKey,
    )

MAGIC = b"lienthong backup\n"
VERSION = 1
CHUNK_BYTES = 1024 * 1024
TAG_BYTES = 16
#: What a head or the description of a member may have at most.
MOST_HEAD = 64 * 1024
_LENGTH = struct.Struct(">I")
_PIECE = 256 * 1024
_HASH = 32


@dataclass(frozen=True, slots=True)
class Head:
    """What anybody may know of an archive."""

    id: str
    at: str
    key: str
    #: fingerprint of the pair whose private half opens it


@dataclass(frozen=True, slots=True)
class Written:
    """What an archive came to."""

    size_bytes: int
    sha256: str
    #: of the archive itself, as it has to be read back


class ArchiveWriter:
    """Writes members; nothing is whole before ``close``."""

    def __init__(self, out: BinaryIO, public: X25519PublicKey, head: Head) -> None:
        """Write the head."""
        key = escrow.new_key()
        shown, sealed = escrow.wrapped(key, public)
        self._out = out
        self._cipher = AESGCM(key)
        self._hash = hashlib.sha256()
        self._size = 0
        text = json.dumps(
            {
                "version": VERSION,
                "id": head.id,
                "at": head.at,
                "key": head.key,
                "shown": base64.b64encode(shown).decode(),
                "sealed": base64.b64encode(sealed).decode(),
            }
        ).encode()
        begin = MAGIC + _LENGTH.pack(len(text)) + text
        self._bound = hashlib.sha256(begin).digest()
        self._put(begin)
        self._ahead = bytearray()
        self._number = 0

    def member(
        self, name: str, pieces: Iterable[bytes], **facts: Any
    ) -> tuple[int, str]:
        """Write one member; its size and hash."""
        text = json.dumps({"name": name, **facts}).encode()
        self._add(_LENGTH.pack(len(text)) + text)
        digest, size = hashlib.sha256(), 0
        for piece in pieces:
            if piece:
                digest.update(piece)
                size += len(piece)
                self._add(_LENGTH.pack(len(piece)))
                self._add(piece)
        self._add(_LENGTH.pack(0) + digest.digest())
        return size, digest.hexdigest()

    def close(self) -> Written:
        """Seal the last chunk; the file is the caller's to make durable."""
        self._seal(bytes(self._ahead), last=True)
        self._ahead.clear()
        return Written(self._size, self._hash.hexdigest())

    def _add(self, plain: bytes) -> None:
        self._ahead += plain
        # The last chunk is sealed as such, so that one is always held back.
        while len(self._ahead) > CHUNK_BYTES:
            chunk = bytes(memoryview(self._ahead)[:CHUNK_BYTES])
            del self._ahead[:CHUNK_BYTES]
            self._seal(chunk, last=False)

    def _seal(self, plain: bytes, *, last: bool) -> None:
        nonce = _nonce(self._number, last=last)
        self._put(self._cipher.encrypt(nonce, plain, self._bound))
        self._number += 1

    def _put(self, sealed: bytes) -> None:
        self._out.write(sealed)
        self._hash.update(sealed)
        self._size += len(sealed)


def head_of(source: BinaryIO) -> tuple[Head, Mapping[str, Any], bytes]:
    """The head, what else it holds, and what chunks are bound to.

    Raises:
        BackupUnreadable: it is no archive, or of a later release.
    """
    begin = source.read(len(MAGIC))
    if begin != MAGIC:
        raise _unreadable("backup_is_none")
    size = source.read(_LENGTH.size)
    length = _LENGTH.unpack(size)[0] if len(size) == _LENGTH.size else MOST_HEAD + 1
    if length > MOST_HEAD:
        raise _unreadable("backup_is_none")
    text = source.read(length)
    try:
        values = json.loads(text)
        head = Head(values["id"], values["at"], values["key"])
    except (ValueError, KeyError, TypeError):
        raise _unreadable("backup_is_none") from None
    if values.get("version") != VERSION:
        raise _unreadable("backup_newer", f"version {values.get('version')}")
    return head, values, hashlib.sha256(begin + size + text).digest()


class ArchiveReader:
    """Reads members in their order; whatever is not as it was written is an error."""

    def __init__(self, source: BinaryIO, private: X25519PrivateKey) -> None:
        """Read the head and open the archive's key.

        Raises:
            BackupUnreadable: it is no archive, or sealed for another pair.
        """
        self._source = source
        self.head, values, self._bound = head_of(source)
        own = escrow.fingerprint(private.public_key())
        if own != self.head.key:
            raise _unreadable(
                "backup_key_differs", f"sealed for {self.head.key}, given {own}"
            )
        try:
            shown = base64.b64decode(values["shown"])
            key = escrow.opened(shown, base64.b64decode(values["sealed"]), private)
        except (ValueError, KeyError, TypeError):
            raise _unreadable("backup_damaged", "head") from None
        self._cipher = AESGCM(key)
        self._number = 0
        self._plain = bytearray()
        self._next = source.read(CHUNK_BYTES + TAG_BYTES)
        self._ended = False

    def members(self) -> Iterator[Member]:
        """One after the other; each is read to its end before the next comes."""
        while self._fill(1):
            member = Member(self, self._described())
            yield member
            for _ in member.pieces():
                pass  # whoever did not want it all

    def _described(self) -> dict[str, Any]:
        length = self._length()
        if length > MOST_HEAD:
            raise _unreadable("backup_damaged", "member")
        found: dict[str, Any] = json.loads(self.take(length))
        return found

    def _length(self) -> int:
        number: int = _LENGTH.unpack(self.take(_LENGTH.size))[0]
        return number

    def take(self, count: int) -> bytes:
        """So many bytes of the plain stream."""
        if not self._fill(count):
            raise _unreadable("backup_damaged", "member cut off")
        taken = bytes(memoryview(self._plain)[:count])
        del self._plain[:count]
        return taken

    def length(self) -> int:
        """The length that stands next."""
        return self._length()

    def _fill(self, count: int) -> bool:
        while len(self._plain) < count and not self._ended:
            self._open()
        return len(self._plain) >= count

    def _open(self) -> None:
        sealed, self._next = self._next, self._source.read(CHUNK_BYTES + TAG_BYTES)
        last = not self._next
        nonce = _nonce(self._number, last=last)
        try:
            self._plain += self._cipher.decrypt(nonce, sealed, self._bound)
        except (InvalidTag, ValueError):
            raise self._wrong(sealed, last=last) from None
        self._number += 1
        self._ended = last

    def _wrong(self, sealed: bytes, *, last: bool) -> BackupUnreadable:
        """A whole chunk in the last place that is not the last: the rest is missing."""
        where = f"chunk {self._number}"
        if last:
            try:
                nonce = _nonce(self._number, last=False)
                self._cipher.decrypt(nonce, sealed, self._bound)
            except (InvalidTag, ValueError):
                pass
            else:
                return _unreadable("backup_cut_off", where)
            if len(sealed) < CHUNK_BYTES + TAG_BYTES:
                return _unreadable("backup_cut_off", f"{where}, or damaged there")
        return _unreadable("backup_damaged", where)


class Member:
    """One member, to be read once."""

    def __init__(self, reader: ArchiveReader, facts: Mapping[str, Any]) -> None:
        """Described, not read yet."""
        self._reader = reader
        self._done = False
        self.name = str(facts.get("name", ""))
        self.facts = facts
        self.size_bytes = 0
        self.sha256 = ""

    def pieces(self) -> Iterator[bytes]:
        """The content; its hash is held against it at the end.

        Raises:
            BackupUnreadable: it is another, or the archive is damaged.
        """
        if self._done:
            return
        digest = hashlib.sha256()
        while rest := self._reader.length():
            while rest:
                piece = self._reader.take(min(rest, _PIECE))
                rest -= len(piece)
                digest.update(piece)
                self.size_bytes += len(piece)
                yield piece
        self._done = True
        self.sha256 = digest.hexdigest()
        if self._reader.take(_HASH) != digest.digest():
            raise _unreadable("backup_damaged", self.name)

    def content(self, most: int) -> bytes:
        """All of a small one.

        Raises:
            BackupUnreadable: it is larger.
        """
        whole = bytearray()
        for piece in self.pieces():
            whole += piece
            if len(whole) > most:
                raise _unreadable("backup_damaged", self.name)
        return bytes(whole)


def _nonce(number: int, *, last: bool) -> bytes:
    """Unique under an archive's key, which seals nothing else."""
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


_REMEDIES = {
    "backup_is_none": "Tệp này không phải bản sao lưu của cổng liên thông: kiểm tra lại"
    " tên tệp.",
    "backup_newer": "Bản sao này do bản phát hành mới hơn tạo ra: dùng đúng bản phát"
    " hành ấy để khôi phục.",
    "backup_key_differs": "Bản sao này mã hóa cho khóa sao lưu khác: lấy đúng nửa bí mật"
    " (backup.key) có vân tay ấy trong két.",
    "backup_damaged": "Bản sao này đã bị sửa hoặc hỏng, không dùng được: lấy bản sao"
    " trước đó, hoặc bản ở nơi cất thứ hai.",
    "backup_cut_off": "Bản sao này bị cụt hoặc hỏng ở phần cuối (chép dở): chép lại từ"
    " nơi cất, hoặc lấy bản sao trước đó.",
}


def _unreadable(code: str, detail: str = "") -> BackupUnreadable:
    return BackupUnreadable(detail or code, code=code, remedy=_REMEDIES[code])
