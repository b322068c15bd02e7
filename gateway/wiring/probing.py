"""Tries each office's adapter on what would be lent to it, and notes what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gateway.carriers.exchange_folder import ExchangeFolder
from gateway.carriers.sftp import Account
from gateway.carriers.sftp_folder import SFTPFolder
from gateway.clocks.chance import SystemChance
from gateway.lending import Lent
from gateway.ports.agency import AgencyAdapter
from gateway.receipts.puller import EVERY_S, LEAST_S, MOST_S
from gateway.registry.makers import maker_of
from gateway.routing.finding import Finding
from gateway.routing.link import links_of
from gateway.routing.lint import Places
from gateway.routing.slips import BY_SYSTEM
from gateway.validation.json_schema import JSONSchemaCatalogue
from gateway.wiring.files import PACKAGES
from gateway.wiring.keys import KEYS
from gateway.wiring.office_tls import missing
from gateway.wiring.ports import SCHEMAS
from gateway.wiring.probing_platforms import (
    AUTHORIZATION,
    on_the_way,
    one_way,
    unready,
)
from gateway.wiring.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from gateway.carriers.carrier import Carrier
    from gateway.carriers.tokens import Login, TokenKeeper
    from gateway.domain.errors import FieldError
    from gateway.ports.schemas import SchemaCatalogue
    from gateway.routing.catalogue import Catalogue, Office
    from gateway.routing.finding import Where
    from gateway.settings import Settings
    from gateway.validation.certificates import RegisteredCertificate, SigningKey
    from gateway.validation.push_key import PushKey

_KEY_TODO = "Đặt vào thư mục khóa (secrets.json, hoặc TÊN.key.pem và TÊN.cert.pem)."


def unmade(
    content: Mapping[str, Any], catalogue: Catalogue, settings: Settings | None
) -> Iterable[Finding]:
    """Offices whose adapter could not be made, and what it would miss.

    Without ``settings`` nobody knows which keys and addresses there are.
    """
    places = Places(content)
    secrets = Secrets(settings.run_dir / KEYS) if settings else None
    schemas = JSONSchemaCatalogue.load(SCHEMAS)
    yield from unready(content, catalogue, settings, secrets)
    yield from one_way(catalogue, places)
    issuers = {leg.issuer for p in catalogue.procedures for leg in p.legs}
    made: dict[str, AgencyAdapter] = {}
    for office in catalogue.offices.values():
        where = places.office(office.id)
        make = maker_of(office.speaks)
        if make is None:
            key = "speaks" if "speaks" in office.settings else "id"
            yield Finding(
                (*where, key),
                f"Cơ quan {office.id}: không có cách trao đổi «{office.speaks}»",
                "Sửa speaks (hoặc mã ngành): xem lienthong agency list.",
            )
            continue
        lent = _Trial(office, schemas, secrets, settings)
        try:
            adapter = make(lent)
        except (KeyError, TypeError, ValueError) as wrong:
            yield _misconfigured(office, where, wrong)
            continue
        yield from _misfits(office, where, adapter)
        yield from _pulls(office, where, adapter)
        yield from on_the_way(office, catalogue, lent.headers, where)
        made[office.id] = adapter
        if lent.no_address:
            yield Finding(
                where,
                f"Cơ quan {office.id} chưa có địa chỉ",
                f'Ghi {office.id} = "https://…" trong [addresses] của tệp thiết lập.',
            )
        if secrets is not None:
            _need_more(lent, secrets, office, adapter, issuers)
            for name in dict.fromkeys(lent.missing):
                yield Finding(
                    where, f"Cơ quan {office.id}: thiếu khóa {name}", _KEY_TODO
                )
    yield from _links(catalogue, places, made)


def _links(
    catalogue: Catalogue, places: Places, made: Mapping[str, AgencyAdapter]
) -> Iterable[Finding]:
    """Links that would let nobody in: every call would meet an unknown path."""
    numbered = [
        (office.id, n, link)
        for office in catalogue.offices.values()
        for n, link in enumerate(links_of(office))
    ]
    for one_stop, n, link in numbered:
        adapter = made.get(link.office)
        if adapter is None:
            continue
        where = places.office(one_stop, "link", n, "office")
        if adapter.link is None:
            yield Finding(
                where,
                f"Một cửa {link.one_stop}: cơ quan {link.office} không nối thẳng được",
                "Chỉ nối thẳng đến hệ thống đất đai (VBDLIS, iLIS).",
            )
        elif adapter.link.sessions is not None and not (link.client and link.account):
            yield Finding(
                where,
                f"Một cửa {link.one_stop}: cơ quan {link.office} đòi phiên đăng nhập mà"
                " dòng nối chưa có client, account",
                "Ghi client và account mà phần mềm một cửa đang dùng.",
            )


def _misconfigured(office: Office, where: Where, wrong: Exception) -> Finding:
    """Names the key or word that was looked for; it is ours, not a secret."""
    return Finding(
        where,
        f"Cơ quan {office.id}: mục khai thiếu hoặc sai ({wrong})",
        f"Sửa mục của đơn vị theo tài liệu kết nối của {office.speaks}.",
    )


def _misfits(office: Office, where: Where, adapter: AgencyAdapter) -> Iterable[Finding]:
    for path, what in adapter.misfits():
        yield Finding(
            (*where, *path),
            f"Cơ quan {office.id}: {what}",
            f"Sửa theo tài liệu kết nối của {office.speaks}.",
        )


def _pulls(office: Office, where: Where, adapter: AgencyAdapter) -> Iterable[Finding]:
    """New dossiers that would never be fetched, or belong to nobody then."""
    offers = type(adapter).pull_dossiers is not AgencyAdapter.pull_dossiers
    if "pull" not in office.settings:
        if offers:
            yield Finding(
                where,
                f"Cơ quan {office.id} giữ hồ sơ mới chờ lấy, cổng chưa lấy",
                "Ghi [office.pull] ở mục của đơn vị; every_s là số giây giữa hai lần.",
                warning=True,
            )
        return
    every_s = office.settings["pull"].get("every_s", EVERY_S)
    if not LEAST_S <= every_s <= MOST_S:
        yield Finding(
            (*where, "pull", "every_s"),
            f"Cơ quan {office.id}: every_s = {every_s}: cổng lấy hồ sơ mới quá dày hoặc"
            " quá thưa",
            f"Ghi số giây từ {LEAST_S} đến {MOST_S}; thường là {EVERY_S:.0f}.",
        )
    if not offers:
        yield Finding(
            (*where, "pull"),
            f"Cơ quan {office.id}: «{office.speaks}» không có chức năng lấy hồ sơ mới",
            "Bỏ [office.pull]; hồ sơ mới do cơ quan gửi sang.",
        )
    if "opened" not in office.settings:
        yield Finding(
            (*where, "pull"),
            f"Cơ quan {office.id} lấy hồ sơ mới mà chưa ghi hồ sơ thuộc một cửa nào",
            "Ghi [office.opened] với one_stop và unit.",
        )


def _need_more(
    lent: _Trial,
    secrets: Secrets,
    office: Office,
    adapter: AgencyAdapter,
    issuers: set[str],
) -> None:
    """What is looked for only when a message comes in."""
    if adapter.caller is not None:
        lent.needs(f"{office.id}.open")
    if adapter.hosted:
        lent.needs(f"{office.id}.callback")
    lent.missing += missing(office.settings.get("tls", {}), secrets.folder)
    links = links_of(office)
    if links:
        lent.needs(f"{office.id}.dropin")
    if any(link.account for link in links):
        lent.needs(f"{office.id}.ilis.client")
        lent.needs(f"{office.id}.ilis.account")
    signs: list[str] = (
        [office.id] if office.settings.get("slips", BY_SYSTEM) == BY_SYSTEM else []
    )
    signs = signs if office.agency in issuers else []
    signs += [
        str(unit["id"])
        for unit in office.settings.get("slip_issuer", ())
        if unit.get("slips", BY_SYSTEM) == BY_SYSTEM
    ]
    lent.missing += [
        f"{name}.cert.pem" for name in signs if not secrets.certificates(name)
    ]


class _Trial(Lent):
    """Lends what there is, and stands in for what there is not."""

    def __init__(
        self,
        office: Office,
        schemas: SchemaCatalogue,
        secrets: Secrets | None,
        settings: Settings | None,
    ) -> None:
        self.agency = office.agency
        self.office = office.settings
        self.schemas = SCHEMAS / "agencies"
        self.chance = SystemChance()
        self.missing: list[str] = []
        self.no_address = False
        self.headers: list[str] = []
        #: what its requests say beside what all of them have
        self._entry = office
        self._catalogue = schemas
        self._secrets = secrets
        self._settings = settings

    def now(self) -> datetime:
        raise NotImplementedError

    def check(self, schema_id: str, document: Any) -> tuple[FieldError, ...]:
        return self._catalogue.errors(schema_id, document)

    def needs(self, name: str) -> None:
        """Note a secret that nobody gave."""
        if self._secrets is not None and name not in set(self._secrets.names()):
            self.missing.append(name)

    def secret(self, name: str) -> str:
        self.needs(f"{self._entry.id}.{name}")
        return "0"

    def carrier(self, *headers: str) -> Carrier:
        self.headers += headers
        if self._settings is not None and "platform" not in self.office:
            given = self._settings.addresses
            known = given.get(self._entry.id) or given.get(self._entry.node)
            self.no_address |= not (self.office.get("address") or known)
        return cast("Carrier", _Nothing())

    def sessions(self, name: str, login: Login) -> TokenKeeper:
        del name, login
        self.headers.append(AUTHORIZATION)
        return cast("TokenKeeper", _Nothing())

    def folder(self) -> ExchangeFolder:
        return ExchangeFolder(Path(PACKAGES) / self._entry.id)

    def remote_folder(self) -> SFTPFolder:
        account = Account.of(self.office["sftp"], self.secret("sftp"))
        return SFTPFolder(account, self.now)

    def signing_key(self) -> SigningKey:
        if self._secrets is not None:
            try:
                self._secrets.pair("gateway")
            except KeyError:
                self.missing.append("gateway.key.pem, gateway.cert.pem")
        return cast("SigningKey", _Nothing())

    def push_keys(self) -> Sequence[PushKey]:
        return ()

    def certificates(self, owner: str) -> Sequence[RegisteredCertificate]:
        del owner
        return ()


class _Nothing:
    """Stands where something would be used later; nothing of it is looked at now."""
