"""Whether a store's evidence roots are whole: what each covers, names and was signed by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.domain.evidence import ROOT, to_be_signed
from gateway.domain.journal import merkle_root
from gateway.domain.json_text import of_json
from gateway.store.evidence import keys_of
from gateway.store.rows import moment

if TYPE_CHECKING:
    from gateway.domain.evidence import EvidenceKey
    from gateway.store.verifying import Looking

#: The schema that brought roots; a backup from before has none.
_SINCE = 26
_ROOTS = "SELECT number, last, seals, statement FROM seal_root ORDER BY number"
_SEALS = "SELECT digest FROM seal WHERE last > ? AND last <= ? ORDER BY last"
_SEALED = "SELECT count(*) FROM seal WHERE last = ?"
_SIGNED = "SELECT key, at, value FROM root_signature WHERE root = ? ORDER BY key"
#: Words over, and stamps of, a root that is not there: it was taken away.
_LEFT = (
    "SELECT min(root) FROM (SELECT root FROM root_signature UNION ALL"
    " SELECT root FROM root_stamp) AS said"
    " WHERE root NOT IN (SELECT number FROM seal_root)"
)


@dataclass(slots=True)
class Roots:
    """What was found; ``wrong`` names the first root that does not hold, and why."""

    roots: int = 0
    #: that hold; 0 of a store from before there were any
    wrong: str = ""


def roots(store: Looking, schema: int) -> Roots:
    """Every root against its seals, the root before and the keys that the store has.

    Whether a key is the centre's own is for who has its fingerprint on paper; whoever
    takes roots off the end with all that was said of them leaves no trace in the store.
    """
    found = Roots()
    if schema < _SINCE:
        return found
    keys = {key.id: key for key in keys_of(store.db)}
    last, before = 0, ""
    for row in store.db.execute(_ROOTS).fetchall():
        number = int(row[0])
        if number != found.roots + 1:
            found.wrong = f"root {found.roots + 1} is missing"
            return found
        try:
            why = _wrong(store, row, last, before, keys)
        except (KeyError, TypeError, ValueError):
            why = "its statement cannot be read"
        if why:
            found.wrong = f"root {number}: {why}"
            return found
        last, before = int(row[1]), _digest(bytes(row[3]))
        found.roots += 1
    left = store.db.execute(_LEFT).get
    if left is not None:
        found.wrong = f"root {left} is missing"
    return found


def _wrong(
    store: Looking, row: Any, last: int, before: str, keys: dict[str, EvidenceKey]
) -> str:
    number, end, seals, statement = row[0], row[1], row[2], bytes(row[3])
    told = of_json(statement)
    said = (told["what"], told["number"], told["last"], told["seals"])
    if said != (ROOT, number, end, seals):
        return "its row says something else than its statement"
    if (told["after"], told["previous"]) != (last, before):
        return "it does not follow the one before"
    digests = [bytes(r[0]) for r in store.db.execute(_SEALS, (last, end)).fetchall()]
    ends = store.db.execute(_SEALED, (end,)).get
    if (len(digests), ends) != (seals, 1) or merkle_root(digests).hex() != told["tree"]:
        return "it covers other seals"
    return _unsigned(store, number, statement, keys)


def _digest(statement: bytes) -> str:
    return hashlib.sha256(statement).hexdigest()


def _unsigned(
    store: Looking, number: int, statement: bytes, keys: dict[str, EvidenceKey]
) -> str:
    """Every signature has to be its key's; one has to be there.

    A revoked key's counts as little here as anywhere, but it is no damage: such roots
    are signed again once the gateway runs.
    """
    signatures = store.db.execute(_SIGNED, (number,)).fetchall()
    for name, at, value in signatures:
        key = keys.get(name)
        if key is None:
            return f"signed by {name}, which is no key of this store"
        message = to_be_signed(statement, moment(at))
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(bytes(value), message)
        except InvalidSignature:
            return f"the signature of {name} is not over it"
    return "" if signatures else "nobody signed it"
