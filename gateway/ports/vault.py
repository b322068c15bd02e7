"""The vault: one data key per dossier, wrapped by the key of its owning unit.

A file's own key is sealed by the vault until a dossier takes the file, from then on
by that dossier's key. No personal value stands in any plain column; what is searched is a keyed hash.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from gateway.domain.identifiers import DossierId, PayloadId
from gateway.domain.values import dataclass
from gateway.ports.attachments import FileKeys, StoredAttachment


@dataclass(frozen=True, slots=True)
class SealedPayload:
    """Ciphertext with the digest that the journal keeps; salt goes with it."""

    id: PayloadId
    dossier_id: DossierId | None
    kind: str
    ciphertext: bytes
    salt: bytes
    digest: bytes


class DossierKey(FileKeys, Protocol):
    """The open data key of one dossier; lives as short as its use.

    Opens the keys of files that the dossier took, and of no others.
    """

    @property
    @abstractmethod
    def wrapped(self) -> bytes:
        """What the dossier's row keeps."""

    @abstractmethod
    def seal(self, payload_id: PayloadId, kind: str, plain: bytes) -> SealedPayload:
        """Encrypt; identifier, kind and dossier are bound to the ciphertext."""

    @abstractmethod
    def open(self, sealed: SealedPayload) -> bytes:
        """Decrypt.

        Raises:
            ValueError: the ciphertext is not what was sealed under this identifier.
        """

    @abstractmethod
    def seal_value(self, name: str, plain: str) -> bytes:
        """Encrypt one short value, such as a number, bound to ``name``."""

    @abstractmethod
    def open_value(self, name: str, sealed: bytes) -> str:
        """The reverse of ``seal_value``.

        Raises:
            ValueError: not sealed under this name and key.
        """

    @abstractmethod
    def take(self, stored: StoredAttachment) -> StoredAttachment:
        """A file as this dossier remembers it, for the unit that links it.

        Its own key is sealed anew; the file stays as it lies.

        Raises:
            ValueError: it is a dossier's already, or was altered.
        """


class SealsSecrets(Protocol):
    """Keeps secrets of the gateway's own from whoever reads the store."""

    @abstractmethod
    def seal_secret(self, name: str, plain: str) -> bytes:
        """Encrypt a secret of the gateway's own, such as a token, bound to ``name``."""

    @abstractmethod
    def open_secret(self, name: str, sealed: bytes) -> str:
        """The reverse of ``seal_secret``.

        Raises:
            ValueError: not sealed under this name and master key.
        """


class Vault(FileKeys, SealsSecrets, Protocol):
    """Keys and blind indexes; opens the keys of files that no dossier took yet."""

    @abstractmethod
    def new_key(self, dossier_id: DossierId, unit: str) -> DossierKey:
        """A fresh data key, wrapped by the unit's key."""

    @abstractmethod
    def key(self, dossier_id: DossierId, unit: str, wrapped: bytes) -> DossierKey:
        """Unwrap; cached for a short while.

        Raises:
            ValueError: wrapped by another unit's key or for another dossier.
        """

    @abstractmethod
    def rewrapped(
        self, dossier_id: DossierId, unit: str, wrapped: bytes
    ) -> bytes | None:
        """The same data key under the unit's present key; None: it is already.

        Raises:
            ValueError: none of the unit's keys opens it.
        """

    @abstractmethod
    def turning(self) -> dict[str, str]:
        """Units with an older key that may still wrap something, and their present one."""

    @abstractmethod
    def key_ids(self) -> list[str]:
        """What tells the keys here from others, to be compared with other nodes'."""

    @abstractmethod
    def blind(self, field: str, normalised: str) -> bytes:
        """Keyed hash of a normalised value, for equality search only."""

    @abstractmethod
    def seal_common(
        self, payload_id: PayloadId, kind: str, plain: bytes
    ) -> SealedPayload:
        """Seal what belongs to no dossier yet (an unmatched report)."""

    @abstractmethod
    def open_common(self, sealed: SealedPayload) -> bytes:
        """The reverse of ``seal_common``."""
