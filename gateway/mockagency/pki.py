"""An invented trust world for tests: an authority, good certificates and wrong ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Marks a folder as made here; nothing is written beside anything else.
MARK = "README.vi.md"
#: Names that a mock on this machine is called by.
LOOPBACK = ("localhost", "127.0.0.1", "::1")
ELSEWHERE = ("may-khac.example",)
VALID = timedelta(days=825)
#: A clock may be a little behind the one that made them.
BEFORE = timedelta(days=1)
SOON_DAYS = 7
AUTHORITY, STRANGER = "ca", "ca-khac"


@dataclass(frozen=True, slots=True)
class Variant:
    """One certificate, for a server and for a client."""

    name: str
    says: str
    #: Vietnamese, for the page beside the files
    begins: timedelta = -BEFORE
    ends: timedelta = VALID
    stranger: bool = False
    elsewhere: bool = False


def variants(soon_days: int) -> Sequence[Variant]:
    """What there is of each side; ``soon_days``: until the one that ends soon."""
    return (
        Variant("tot", "tốt: đúng tên, còn hạn, do ca.pem cấp"),
        Variant("het-han", "đã hết hạn một ngày", begins=-VALID, ends=-BEFORE),
        Variant(
            "sap-het-han",
            f"còn hạn {soon_days} ngày",
            ends=timedelta(days=soon_days),
        ),
        Variant("chua-hieu-luc", "một năm nữa mới có hiệu lực", begins=timedelta(365)),
        Variant("sai-ten", f"tốt, nhưng của máy {ELSEWHERE[0]}", elsewhere=True),
        Variant("sai-goc", "đúng tên, còn hạn, do ca-khac.pem cấp", stranger=True),
    )


class FolderTaken(ValueError):
    """The folder holds something else."""


@dataclass(frozen=True, slots=True)
class _Signer:
    name: x509.Name
    key: ec.EllipticCurvePrivateKey


def make(
    folder: Path,
    *,
    now: datetime,
    hosts: Iterable[str] = (),
    soon_days: int = SOON_DAYS,
) -> Sequence[Path]:
    """Make all of it in a new folder; the files, in order.

    ``now``: the moment by which certificates are good, expired or not yet valid;
    ``hosts``: further names and addresses of the good ones.

    Raises:
        FolderTaken: the folder is not empty.
        ValueError: ``soon_days`` or a host is none.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderTaken(
            f"{folder} đã có tệp khác: chọn thư mục mới, hoặc tự xóa thư mục cũ."
        )
    most = VALID.days - 1
    if not 1 <= soon_days <= most:
        raise ValueError(
            f"Số ngày sắp hết hạn từ 1 đến {most}, không phải {soon_days}."
        )
    names = _names((*LOOPBACK, *hosts))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    signers = {name: _authority(folder, name, now) for name in (AUTHORITY, STRANGER)}
    made = [folder / f"{name}.pem" for name in signers]
    for variant in variants(soon_days):
        signer = signers[STRANGER if variant.stranger else AUTHORITY]
        own = _names(ELSEWHERE) if variant.elsewhere else names
        made += _issue(folder, f"may-chu.{variant.name}", signer, variant, now, own)
        made += _issue(folder, f"may-khach.{variant.name}", signer, variant, now, ())
    page = folder / MARK
    page.write_text(_page(now, hosts, soon_days), "utf-8")
    return (*made, page)


def pair(folder: Path, side: str, name: str) -> tuple[Path, Path]:
    """Certificate and key of one variant; ``side``: ``may-chu`` or ``may-khach``.

    Raises:
        FileNotFoundError: the folder has no such pair.
    """
    found = folder / f"{side}.{name}.cert.pem", folder / f"{side}.{name}.key.pem"
    for path in found:
        if not path.is_file():
            raise FileNotFoundError(path)
    return found


def _names(hosts: Iterable[str]) -> tuple[x509.GeneralName, ...]:
    return tuple(map(_name, dict.fromkeys(hosts)))


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        pass
    if not host.isascii() or not host or set(host) & set("/: "):
        raise ValueError(f"«{host}» không phải tên máy hay địa chỉ IP.")
    return x509.DNSName(host)


def _subject(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lien thong - THU NGHIEM"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _authority(folder: Path, name: str, now: datetime) -> _Signer:
    own = _Signer(_subject(f"THU {name}"), ec.generate_private_key(ec.SECP256R1()))
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(own.name, own, own.key, now - 2 * VALID, now + 4 * VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(own.key, hashes.SHA256())
    )
    _write(folder / f"{name}.pem", _pem(certificate))
    return own


def _issue(
    folder: Path,
    stem: str,
    signer: _Signer,
    variant: Variant,
    now: datetime,
    names: Sequence[x509.GeneralName],
) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    begins, ends = now + variant.begins, now + variant.ends
    usage = (
        ExtendedKeyUsageOID.SERVER_AUTH if names else ExtendedKeyUsageOID.CLIENT_AUTH
    )
    builder = (
        _builder(_subject(stem), signer, key, begins, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    )
    if names:
        alternative = x509.SubjectAlternativeName(names)
        builder = builder.add_extension(alternative, critical=False)
    certificate = builder.sign(signer.key, hashes.SHA256())
    paths = folder / f"{stem}.cert.pem", folder / f"{stem}.key.pem"
    _write(paths[0], _pem(certificate))
    _write(
        paths[1],
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        private=True,
    )
    return paths


def _builder(
    subject: x509.Name,
    signer: _Signer,
    key: ec.EllipticCurvePrivateKey,
    begins: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(
        signer.key.public_key()
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer.name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(identifier, critical=False)
        .add_extension(authority, critical=False)
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes, *, private: bool = False) -> None:
    path.touch(mode=0o600 if private else 0o644)
    path.write_bytes(content)


def _page(now: datetime, hosts: Iterable[str], soon_days: int) -> str:
    rows = {one.name: one.says for one in variants(soon_days)}
    return PAGE.format(
        made=now.strftime("%d/%m/%Y"),
        hosts=", ".join((*LOOPBACK, *hosts)),
        rows="\n".join(_row(rows)),
        authority=AUTHORITY,
        stranger=STRANGER,
    )


def _row(rows: Mapping[str, str]) -> Iterable[str]:
    for name, says in rows.items():
        yield f"| `may-chu.{name}` | `may-khach.{name}` | {says} |"


PAGE = """# Chứng thư thử

Làm ngày {made}, chỉ để thử; không ai khác tin các chứng thư này. Khóa riêng chỉ chủ
thư mục đọc được. Máy chủ mang tên: {hosts}.

| máy chủ | máy khách | là gì |
|---|---|---|
{rows}

Mỗi tên có hai tệp: `.cert.pem` (chứng thư) và `.key.pem` (khóa riêng). `{authority}.pem`
là nơi cấp mà bên gọi phải tin; `{stranger}.pem` là nơi cấp khác, chỉ để thử trường hợp
không tin.
"""
