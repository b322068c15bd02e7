"""What a counterpart's developer tells the kit: addresses, keys, codes, numbers, times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.conformance.partner import edited
from gateway.conformance.partner.systems import SERVER

#: Table → its keys; None: any key.
_TABLES: dict[str, set[str] | None] = {
    "about": {"system", "contacts", "place"},
    "addresses": None,
    "keys": None,
    "files": None,
    "codes": None,
    "dossiers": {"prefix", "first", "last"},
    "times": None,
    "acts": {"url"},
    "endings": None,
    "sftp": {"key", "host_keys"},
}
#: Of the counterpart's address; a folder of this machine has none.
_SCHEMES = {"http", "https", "sftp", "file", ""}
#: Of every interface; others are those of the systems that its kit knows.
_ADDRESSES = ("ca", "callback", "listen", "server")


@dataclass(frozen=True, slots=True)
class Preset:
    """``times`` are seconds; ``first`` and ``last`` are 0 where numbers follow the clock."""

    system: str = ""
    place: str = ""
    contacts: tuple[str, ...] = ()
    server: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    #: addresses of an interface's further systems, by their names
    listen: str = "127.0.0.1:0"
    callback: str = ""
    ca: Path | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    #: keys and certificates in files of their own
    codes: Mapping[str, str] = field(default_factory=dict)
    prefix: str = "H99.01-"
    first: int = 0
    last: int = 0
    times: Mapping[str, float] = field(default_factory=dict)
    acts_url: str = ""
    endings: Mapping[str, str] = field(default_factory=dict)
    #: act → how a dossier number ends that has it done at the counterpart by itself
    sftp_key: Path | None = None
    #: private key with which a shared folder is entered
    host_keys: tuple[str, ...] = ()
    #: by which its server is known

    @property
    def listens_at(self) -> tuple[str, int]:
        """Host and port where calls are waited for."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def addresses(self) -> Mapping[str, str]:
        """Every system's address; empty: it is not there."""
        return {SERVER: self.server, **self.others}

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that stand in no report, longest first."""
        return tuple(sorted(filter(None, self.keys.values()), key=len, reverse=True))


def read(path: Path, usual: Preset) -> Preset:
    """A preset file; times that it lacks are those of ``usual``.

    Raises:
        ValueError: what is wrong, with the file and the place in it.
        FileNotFoundError: there is no such file.
    """
    found = of(edited.toml(path), path.name)
    if unknown := found.others.keys() - usual.others.keys():
        allowed = ", ".join(sorted({*_ADDRESSES, *usual.others}))
        raise ValueError(
            f"{path.name}: addresses.{min(unknown)}: không có; được dùng: {allowed}"
        )
    _reachable(
        {f"addresses.{key}": url for key, url in found.others.items()}, path.name
    )
    if found.ca is not None:
        ca = path.parent / found.ca
        if not ca.is_file():
            raise ValueError(f"{path.name}: addresses.ca: không có tệp {ca}")
        found = replace(found, ca=ca)
    if found.sftp_key is not None:
        key = path.parent / found.sftp_key
        if not key.is_file():
            raise ValueError(f"{path.name}: sftp.key: không có tệp {key}")
        found = replace(found, sftp_key=key)
    lie = {name: path.parent / one for name, one in found.files.items()}
    found = replace(found, files=lie)
    return replace(found, times=_times(found.times, usual.times, path.name))


def _times(
    given: Mapping[str, float], usual: Mapping[str, float], name: str
) -> dict[str, float]:
    if unknown := given.keys() - usual.keys():
        raise ValueError(
            f"{name}: times.{min(unknown)}: không có; được dùng: {', '.join(usual)}"
        )
    return {**usual, **given}


def of(raw: Mapping[str, Any], name: str) -> Preset:
    """A preset as it was written; ``name``: of its file, for what is told.

    Raises:
        ValueError: a key is unknown or a value is of the wrong kind.
    """
    _known(raw, name)
    about, addresses = raw.get("about", {}), raw.get("addresses", {})
    dossiers, sftp = raw.get("dossiers", {}), raw.get("sftp", {})
    found = Preset(
        system=str(about.get("system", "")),
        place=str(about.get("place", "")),
        contacts=tuple(str(one) for one in about.get("contacts", ())),
        server=str(addresses.get("server", "")).rstrip("/"),
        others={
            key: str(value).rstrip("/")
            for key, value in addresses.items()
            if key not in _ADDRESSES
        },
        listen=str(addresses.get("listen", "127.0.0.1:0")),
        callback=str(addresses.get("callback", "")).rstrip("/"),
        ca=Path(addresses["ca"]) if addresses.get("ca") else None,
        keys=_texts(raw, "keys", name),
        files={key: Path(one) for key, one in _texts(raw, "files", name).items()},
        codes=_texts(raw, "codes", name),
        prefix=str(dossiers.get("prefix", "H99.01-")),
        first=_count(dossiers, "first", name),
        last=_count(dossiers, "last", name),
        times=_seconds(raw.get("times", {}), name),
        acts_url=str(raw.get("acts", {}).get("url", "")),
        endings=_texts(raw, "endings", name),
        sftp_key=Path(sftp["key"]) if sftp.get("key") else None,
        host_keys=tuple(str(one) for one in sftp.get("host_keys", ())),
    )
    _possible(found, name)
    return found


def _known(raw: Mapping[str, Any], name: str) -> None:
    for table, content in raw.items():
        if table not in _TABLES:
            allowed = ", ".join(f"[{one}]" for one in _TABLES)
            raise ValueError(f"{name}: không có bảng [{table}]; được dùng: {allowed}")
        if not isinstance(content, Mapping):
            raise ValueError(f"{name}: [{table}] phải là một bảng")  # noqa: TRY004  a file, no argument
        keys = _TABLES[table]
        if keys is not None and (unknown := content.keys() - keys):
            raise ValueError(
                f"{name}: {table}.{min(unknown)}: không có; được dùng: {', '.join(sorted(keys))}"
            )


def _texts(raw: Mapping[str, Any], table: str, name: str) -> dict[str, str]:
    found = raw.get(table, {})
    for key, value in found.items():
        if not isinstance(value, str) or not value:
            raise ValueError(f"{name}: {table}.{key} phải là chữ, không để trống")
    return dict(found)


def _count(raw: Mapping[str, Any], key: str, name: str) -> int:
    value = raw.get(key, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name}: dossiers.{key} phải là số nguyên, ví dụ 9001")
    return value


def _seconds(raw: Mapping[str, Any], name: str) -> dict[str, float]:
    for key, value in raw.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise ValueError(f"{name}: times.{key} phải là số giây, không âm")
    return {key: float(value) for key, value in raw.items()}


def _possible(found: Preset, name: str) -> None:
    if urlsplit(found.server).scheme not in _SCHEMES:
        raise ValueError(
            f"{name}: addresses.server bắt đầu bằng https:// hoặc http://; thư mục dùng"
            " chung: sftp:// hoặc đường dẫn"
        )
    urls = {"addresses.callback": found.callback, "acts.url": found.acts_url}
    _reachable(urls, name)
    if not found.listen.rpartition(":")[2].isdigit():
        raise ValueError(f"{name}: addresses.listen là HOST:CỔNG, ví dụ 127.0.0.1:9000")
    if found.last < found.first:
        raise ValueError(f"{name}: dossiers.last nhỏ hơn dossiers.first")


def _reachable(urls: Mapping[str, str], name: str) -> None:
    for key, url in urls.items():
        if url and urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError(f"{name}: {key} bắt đầu bằng https:// hoặc http://")
