"""Dossiers cast from moulds: moved to another day, with identifiers and chains of their own.

Everything that many dossiers of one mould and one day share is made once, as text for
PostgreSQL's COPY; what is one dossier's own is put in for its marks.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks.copy_text import Copy
from benchmarks.moulds import MARK, Row
from benchmarks.moving import moved_row, promised_for
from gateway.domain.identifiers import DossierId, PayloadId
from gateway.domain.journal import GENESIS, JournalLine, canonical
from gateway.domain.legal_day import legal_day
from gateway.domain.text import normal_number
from gateway.sealing.measuring import calendars
from gateway.store.chains import STATUS, chain_name
from gateway.store.contest_rows import CHARGE, charge_rows_of
from gateway.store.measure_rows import (
    CLOCK,
    HELD,
    MEASURE,
    SHARE,
    clock_row,
    held_rows_of,
    measure_row,
    share_rows_of,
)
from gateway.store.rows import case_of, moment, transfer_of
from gateway.timing.measuring import measured
from gateway.timing.promised import last_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.moulds import Mould
    from gateway.domain.measure import Measured
    from gateway.ports.vault import Vault
    from gateway.routing.versions import Versions

#: Places of one dossier's own values in the text of its rows.
_KEY, _HEAD, _SALTED = b"\x01key\x01", b"\x01head\x01", b"\x01salted\x01"
_PLAIN_MARK = MARK.encode()
_NEXT = b"\x02"
_ALPHABET = b"0123456789abcdefghjkmnpqrstvwxyz"
#: What an empty document is.
EMPTY = b"{}"
FAMILIES = [
    "nguyen",
    "tran",
    "le",
    "pham",
    "hoang",
    "huynh",
    "phan",
    "vu",
    "vo",
    "dang",
    "bui",
    "do",
    "ho",
    "ngo",
    "duong",
    "ly",
]
GIVEN = [
    "an",
    "binh",
    "chi",
    "dung",
    "giang",
    "ha",
    "hai",
    "hoa",
    "hung",
    "khanh",
    "lan",
    "linh",
    "long",
    "mai",
    "minh",
    "nam",
    "nga",
]

#: Tables in the order in which they are written, with the columns of each. A sealed
#: line's number is its id; a file has no column for it.
COLUMNS: Mapping[str, str] = {
    "dossier": "id, version, sender, unit, open, unrouted, unrouted_at, asks, asks_at,"
    " due_on, document, wrapped_key, chain_position, chain_digest, state",
    "revision": "dossier_id, number, document",
    "payload": "id, dossier_id, kind, ciphertext, salt, digest",
    "transfer": "id, dossier_id, agency, office, leg, conversation, position, kind,"
    " state, fate, attempts, enquiries, created_at, facts, payload, revision,"
    " dependent, overtakes, head, due_at, ask_at, poll_at, still_at, first_sent_at,"
    " finished_at, cause, named_by, deadline, pickup, unshown_at, hand, doubt",
    "attempt": "transfer_id, number, purpose, started_at, outcome, code, connect_ms,"
    " first_byte_ms, total_ms, response, http_status",
    "reference": "dossier_id, agency, kind, blind, sealed_value",
    "word": "blind, dossier_id",
    "report": "id, agency, office, kind, fingerprint, standing, event_at, arrived_at,"
    " facts, dossier_id, transfer_id, payload, code",
    "told_rung": "dossier_id, leg, name, count, percent, at",
    "measure": f"{MEASURE}, d.times".replace("d.", ""),
    "clock": CLOCK.replace("d.", ""),
    "share": SHARE.replace("d.", ""),
    "held": HELD.replace("d.", ""),
    "charge": CHARGE.replace("d.", ""),
    "journal": "number, id, chain, position, dossier_id, kind, at, actor, facts, payload,"
    " payload_digest, digest, teller",
}
_MEASURED = ("measure", "clock", "share", "held", "charge")
_AS_THEY_ARE = ("revision", "transfer", "attempt", "report", "told_rung")


@dataclass(frozen=True)
class Group:
    """Dossiers of one mould and day; ``late_by``: promised so many days before its end.

    ``first`` is the number of the first dossier of all, ``line`` that of its first
    journal line.
    """

    mould: int
    days: int
    count: int
    late_by: int | None
    first: int
    line: int


def tag(at: datetime, number: int) -> bytes:
    """What tells one dossier's identifiers from another's, in the order of both."""
    signs = bytearray(20)
    value = int(at.timestamp() * 1000)
    for place in range(9, -1, -1):
        signs[place] = _ALPHABET[value & 31]
        value >>= 5
    for place in range(19, 9, -1):
        signs[place] = _ALPHABET[number & 31]
        number >>= 5
    return bytes(signs)


class Casting:
    """One mould on one day: all that its dossiers have in common."""

    def __init__(
        self, mould: Mould, group: Group, versions: Versions, now: datetime
    ) -> None:
        """Measured once for all, as the measurer would at ``now``."""
        rows = {
            table: [moved_row(row, group.days) for row in found]
            for table, found in mould.rows.items()
        }
        self._rows, self._unit = rows, mould.unit
        (self._dossier,) = rows["dossier"]
        if group.late_by is not None:
            ended = case_of(self._dossier["state"]).ended_at
            assert ended is not None
            working = calendars(versions.current).of("")
            promised = legal_day(ended) - timedelta(group.late_by)
            while last_day(working, promised) >= legal_day(ended):
                promised -= timedelta(1)
            promised_for(rows, promised)
        for place, row in enumerate(rows["report"]):
            row["fingerprint"] = f"{MARK}{place:06d}"
        self.case = case_of(self._dossier["state"])
        self._measure(versions, now)
        self._journal()
        self.texts = {
            table: b"".join(
                Copy.named(row, COLUMNS[table].split(", ")) for row in rows[table]
            )
            for table in (*_AS_THEY_ARE, *_MEASURED)
        }
        self._dossier |= {"wrapped_key": _KEY.decode(), "chain_digest": _HEAD.decode()}
        names = COLUMNS["dossier"].split(", ")
        self.texts["dossier"] = Copy.named(self._dossier, names)
        self._references = [(row["agency"], row["kind"]) for row in rows["reference"]]
        self._documents = [row["document"] for row in rows["revision"]]

    def _measure(self, versions: Versions, now: datetime) -> None:
        case, rows = self.case, self._rows
        lines = [
            JournalLine(
                row["kind"],
                moment(row["at"]),
                row["actor"],
                orjson.loads(row["facts"]),
                row["payload"],
                row["payload_digest"],
            )
            for row in rows["journal"]
        ]
        self._lines = lines
        found = measured(
            case,
            versions.procedure_of(case),
            lines,
            [transfer_of(_transfer(row)) for row in rows["transfer"]],
            versions.numbered(case.configuration).clocks,
            calendars(versions.numbered(case.configuration)),
            now,
        )
        told = {
            (row["leg"], row["name"], row["count"], row["percent"]): row["at"]
            for row in rows["told_rung"]
        }
        self.measured: Measured = found
        names = COLUMNS["measure"].split(", ")
        values = (*measure_row(found, None), case.version)
        rows["measure"] = [dict(zip(names, values, strict=True))]
        names = COLUMNS["clock"].split(", ")
        rows["clock"] = [
            dict(zip(names, clock_row(found, one, told), strict=True))
            for one in found.clocks
        ]
        for table, made in (
            ("share", share_rows_of(found)),
            ("held", held_rows_of(found)),
            ("charge", charge_rows_of(found)),
        ):
            names = COLUMNS[table].split(", ")
            rows[table] = [dict(zip(names, one, strict=True)) for one in made]

    def _journal(self) -> None:
        """The bytes that each line's digest covers, and its row around the digest."""
        chain = chain_name(DossierId(f"d_{MARK}000000"))
        covered, before, after = [], [], []
        document = self._dossier["document"]
        for position, line in enumerate(self._lines, start=1):
            text = canonical(line, chain, position)
            row = self._rows["journal"][position - 1]
            digest = Copy.value(line.payload_digest)
            if line.payload == document:
                text = text.replace(line.payload_digest.hex().encode(), _SALTED)
                digest = b"\\\\x" + _SALTED
            covered.append(text)
            names = [
                "chain",
                "position",
                "dossier_id",
                "kind",
                "at",
                "actor",
                "facts",
                "payload",
            ]
            written = Copy.named(row | {"position": position}, names)[:-1]
            before.append(b"\t" + written + b"\t" + digest + b"\t\\\\x")
            teller = self.case.sender if line.kind == STATUS else None
            after.append(b"\t" + Copy.value(teller) + b"\n")
        self.lines = len(covered)
        self._covered = _NEXT.join(covered)
        self._before, self._after = _NEXT.join(before), after
        self._dossier["chain_position"] = self.lines

    def cast(
        self,
        vault: Vault,
        words: Mapping[str, bytes],
        number: int,
        line: int,
        into: Mapping[str, list[bytes]],
    ) -> list[bytes]:
        """One dossier's rows, added to the texts of their tables; its lines' digests."""
        own = tag(self.case.accepted_at, number)
        identifier = DossierId(f"d_{own.decode()}000000")
        key = vault.new_key(identifier, self._unit)
        sealed = [
            key.seal(PayloadId(one.replace(MARK, own.decode())), "document", EMPTY)
            for one in self._documents
        ]
        for one in sealed:
            into["payload"].append(
                Copy.row((*_parts(one, identifier), one.salt, one.digest))
            )
        salted = next(
            one.digest.hex().encode()
            for one, name in zip(sealed, self._documents, strict=True)
            if name == self._dossier["document"]
        )
        covered = self._covered.replace(_PLAIN_MARK, own).replace(_SALTED, salted)
        before = self._before.replace(_PLAIN_MARK, own).replace(_SALTED, salted)
        digests, head, written = [], GENESIS, into["journal"]
        for text, row, end in zip(
            covered.split(_NEXT), before.split(_NEXT), self._after, strict=True
        ):
            head = hashlib.sha256(head + text).digest()
            digests.append(head)
            written.append(
                b"%d\t%d%b%b%b" % (line, line, row, head.hex().encode(), end)
            )
            line += 1
        into["dossier"].append(
            self.texts["dossier"]
            .replace(_PLAIN_MARK, own)
            .replace(_KEY, Copy.value(key.wrapped))
            .replace(_HEAD, Copy.value(head))
        )
        for table in (*_AS_THEY_ARE, *_MEASURED):
            text = self.texts[table]
            if text:
                into[table].append(text.replace(_PLAIN_MARK, own))
        for place, (agency, kind) in enumerate(self._references):
            value = number_of(number) if not place else f"{kind}.{number:08d}"
            into["reference"].append(
                Copy.row(
                    (
                        *(
                            identifier,
                            agency,
                            kind,
                            vault.blind("number", normal_number(value)),
                        ),
                        key.seal_value(f"{agency}.{kind}", value),
                    )
                )
            )
        for word in words_of(number):
            into["word"].append(Copy.row((words[word], identifier)))
        return digests


def _parts(sealed: Any, identifier: str) -> tuple[Any, ...]:
    return sealed.id, identifier, sealed.kind, sealed.ciphertext


def _transfer(row: Row) -> list[Any]:
    names = (
        "id dossier_id agency office leg conversation position kind state fate attempts"
        " enquiries created_at facts payload revision due_at ask_at poll_at lease_until"
        " lease_by finished_at first_sent_at cause named_by doubt"
    )
    return [row[name] for name in names.split()]


def number_of(number: int) -> str:
    """The one-stop's number of a dossier."""
    return f"H00.01-{number:08d}"


def words_of(number: int) -> set[str]:
    """Words by which it is found: of a name, as often as names are."""
    mixed = number * 2_654_435_761 % 2**32
    family = FAMILIES[mixed % len(FAMILIES)]
    given = GIVEN[mixed // 16 % len(GIVEN)]
    return {family, given, f"thua{mixed % 9_973}"}
