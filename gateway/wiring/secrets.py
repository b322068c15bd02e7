"""Secrets, signing pairs and tokens by name.

The mock profile makes its own at first start, valid 2020–2040, in a folder that
only its owner reads; a production profile takes all of them from files and
starts with none generated.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from gateway.domain.identifiers import OfficeId
from gateway.settings import Profile
from gateway.wiring import secret_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gateway.settings import SecretSource, Settings

VALID_FROM = datetime(2020, 1, 1, tzinfo=UTC)
VALID_TO = datetime(2040, 1, 1, tzinfo=UTC)
#: Name of the pair by which pushed messages are signed.
PUSH = "gateway-push"
#: After an office's name: its system's key, and the one that will replace it.
CALLER_KEYS = frozenset({"open", "open.next"})
#: Seconds between two looks at what commands say.
ASK_EVERY_S = 300.0
#: Says of a folder that mock mode made what lies in it.
MADE_FOR_MOCK = "MOCK"
ROLES = ("administrator", "operator", "head", "reader")


@dataclass(frozen=True, slots=True)
class SigningPair:
    """A private key and its certificate, PEM."""

    key_path: Path
    certificate_path: Path

    @property
    def key(self) -> bytes:
        """Private key, PEM."""
        return self.key_path.read_bytes()

    @property
    def certificate(self) -> bytes:
        """Certificate, PEM."""
        return self.certificate_path.read_bytes()


class Secrets:
    """What a folder of secrets holds.

    ``secrets.json`` maps names to values; ``NAME.key.pem`` and ``NAME.cert.pem``
    are signing pairs; a file ``NAME.sftp`` is the value of that name, a private key.
    """

    def __init__(
        self, folder: Path, sources: Mapping[str, SecretSource] | None = None
    ) -> None:
        """Read the folder, and what the settings say of single names.

        Raises:
            ValueError: it is missing, others may read it, or a value cannot be had.
        """
        if not folder.is_dir():
            message = f"Không có thư mục khóa {folder}: đặt lại thư mục đã sao lưu."
            raise ValueError(message)
        if folder.stat().st_mode & 0o077:
            message = f"{folder} để người khác đọc được: chmod 700 thư mục ấy."
            raise ValueError(message)
        self.folder = folder
        self._sources = sources or {}
        self._marks = secret_values.marks(folder, self._sources)
        self._values = secret_values.read(folder, self._sources)
        self._asked_at = time.monotonic()
        self._used: set[str] = set()

    def renew(self) -> dict[str, str]:
        """Read again what changed; what became of which name. What is wrong changes nothing.

        Raises:
            ValueError: a value cannot be had; those from before stay.
            OSError: nor can the folder.
        """
        now, seen = time.monotonic(), secret_values.marks(self.folder, self._sources)
        commands = any(source.command for source in self._sources.values())
        again = commands and now - self._asked_at >= ASK_EVERY_S
        if seen == self._marks and not again:
            return {}
        self._asked_at, self._marks = now, seen
        before, self._values = (
            self._values,
            secret_values.read(self.folder, self._sources),
        )
        changed = {
            name: "revoked" if name not in self._values else "added"
            for name in before.keys() ^ self._values.keys()
        }
        both = before.keys() & self._values.keys()
        return changed | {
            name: "changed" for name in both if before[name] != self._values[name]
        }

    def taken(self) -> set[str]:
        """Names that were used since this was last asked."""
        used, self._used = self._used, set()
        return used

    def value(self, name: str) -> str:
        """A secret by name.

        Raises:
            KeyError: nobody put it here.
        """
        found = self._values[name]
        self._used.add(name)
        return found

    def names(self) -> Iterable[str]:
        """Names of all secrets."""
        return self._values.keys()

    def good(self, name: str) -> tuple[str, ...]:
        """The secret of that name and the one that comes after it, as far as they are here."""
        both = (self._values.get(one) for one in (name, f"{name}.next"))
        return tuple(one for one in both if one is not None)

    def pair(self, name: str) -> SigningPair:
        """A signing pair by name.

        Raises:
            KeyError: nobody put it here.
        """
        pair = SigningPair(
            self.folder / f"{name}.key.pem", self.folder / f"{name}.cert.pem"
        )
        if not pair.key_path.exists() or not pair.certificate_path.exists():
            raise KeyError(name)
        return pair

    def certificates(self, name: str) -> list[bytes]:
        """Registered certificates of an owner: ``NAME.cert.pem`` and ``NAME.*.cert.pem``."""
        present, first = f"{name}.cert.pem", f"{name}."
        # Asked for every message that is proved; bare names cost a tenth of paths.
        names = os.listdir(self.folder) if self.folder.is_dir() else ()  # noqa: PTH208
        here = [one for one in names if one.startswith(first)]
        further = [o for o in here if o.endswith(".cert.pem") and o != present]
        found = [
            *sorted(further, reverse=True),
            *([present] if present in here else []),
        ]
        return [(self.folder / one).read_bytes() for one in found]

    def push_keys(self) -> list[bytes]:
        """Keys for what is pushed to agencies: ``gateway-push.key.pem`` signs.

        ``gateway-push.*.key.pem`` are shown beside it: the next one, the last one.
        """
        present = self.folder / f"{PUSH}.key.pem"
        further = sorted(self.folder.glob(f"{PUSH}.*.key.pem"))
        found = [*([present] if present.exists() else []), *further]
        return [path.read_bytes() for path in found]

    def caller(self, shown: str) -> OfficeId | None:
        """The office whose system shows this key of the open interface, if any."""
        wanted, found = hashlib.sha256(shown.encode()).digest(), None
        for name, value in self._values.items():
            office, _, what = name.partition(".")
            if what in CALLER_KEYS and hmac.compare_digest(
                hashlib.sha256(value.encode()).digest(), wanted
            ):
                found = OfficeId(office)
                self._used.add(name)
        return found

    def accepts(self, office: OfficeId, shown: str) -> bool:
        """Whether a path secret is one of the office's present ones."""
        return self._is_one_of(shown, f"{office}.callback", f"{office}.callback.next")

    def lets_in(self, one_stop: OfficeId, shown: str) -> bool:
        """Whether a one-stop that speaks as to its office shows its own secret."""
        return self._is_one_of(shown, f"{one_stop}.dropin", f"{one_stop}.dropin.next")

    def is_secret(self, name: str, shown: str) -> bool:
        """Whether it is the secret of that name, or the one that comes after it."""
        return self._is_one_of(shown, name, f"{name}.next")

    def signed(self, one_stop: OfficeId, text: str) -> str:
        """A keyed hash of a text, by the secret in the one-stop's address."""
        key = self.value(f"{one_stop}.dropin").encode()
        return hmac.new(key, f"session|{text}".encode(), hashlib.sha256).hexdigest()

    def _is_one_of(self, shown: str, *names: str) -> bool:
        wanted = hashlib.sha256(shown.encode()).digest()
        accepted = False
        for name in names:
            value = self._values.get(name)
            if value is not None:
                present = hashlib.sha256(value.encode()).digest()
                if hmac.compare_digest(present, wanted):
                    accepted = True
                    self._used.add(name)
        return accepted


def secrets_of(settings: Settings) -> Secrets:
    """The secrets of a run folder and of its settings.

    Raises:
        ValueError: see ``Secrets``; or mock mode made some of them, in another profile.
    """
    folder = settings.run_dir / "keys"
    found = Secrets(folder, settings.secrets)
    if settings.profile is not Profile.MOCK:
        refuse_mock_made(folder)
    return found


def refuse_mock_made(folder: Path) -> None:
    """Refuse keys and certificates that mock mode made.

    Raises:
        ValueError: with the names of what is to be replaced.
    """
    made = [MADE_FOR_MOCK] if (folder / MADE_FOR_MOCK).exists() else []
    for path in sorted(folder.glob("*.cert.pem")):
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if any(str(one.value).startswith(f"{MADE_FOR_MOCK} ") for one in names):
            made.append(path.name)
    if made:
        raise ValueError(
            f"{folder} có khóa do chế độ giả lập tạo ({', '.join(made[:8])}): máy thật"
            " không dùng. Tạo thư mục khóa mới (lienthong key master), đặt khóa và chứng"
            " thư được cấp vào đó."
        )


def make_mock_secrets(folder: Path, names: Iterable[str], pairs: Iterable[str]) -> None:
    """Make whatever is missing; what exists stays."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    _write(folder / MADE_FOR_MOCK, b"made by mock mode; never for production\n")
    path = folder / "secrets.json"
    values: dict[str, str] = (
        json.loads(path.read_text("utf-8")) if path.exists() else {}
    )
    for name in names:
        values.setdefault(name, secrets.token_urlsafe(32))
    _write(path, json.dumps(values, indent=1).encode())
    if not (folder / f"{PUSH}.key.pem").exists():
        _make_push_key(folder / f"{PUSH}.key.pem")
    for pair in pairs:
        if not (folder / f"{pair}.key.pem").exists():
            _make_pair(folder, pair)


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(content)


def _make_push_key(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    _write(
        path,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def _make_pair(folder: Path, name: str) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"MOCK {name}")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_TO)
        .sign(key, hashes.SHA256())
    )
    _write(
        folder / f"{name}.key.pem",
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    _write(
        folder / f"{name}.cert.pem",
        certificate.public_bytes(serialization.Encoding.PEM),
    )
