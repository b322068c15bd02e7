"""Tries the platforms of a configuration, and what they would take from its offices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gateway.carriers import lgsp, xroad_adapter
from gateway.carriers.destination import AddressRefused, Destination
from gateway.routing.finding import Finding
from gateway.routing.platforms import LGSP, XROAD_ADAPTER, secrets_of
from gateway.wiring.office_tls import missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.routing.catalogue import Catalogue, Office
    from gateway.routing.finding import Where
    from gateway.routing.lint import Places
    from gateway.settings import Settings
    from gateway.wiring.secrets import Secrets

#: The header of a dialect's own token.
AUTHORIZATION = "authorization"
#: Real seconds that a platform waits for an agency (§7 and §6 of its documents).
PATIENCE_S = 60.0
_PASSES = {LGSP: lgsp.PASSES, XROAD_ADAPTER: xroad_adapter.PASSES}


def unready(
    content: Mapping[str, Any],
    catalogue: Catalogue,
    settings: Settings | None,
    secrets: Secrets | None,
) -> Iterable[Finding]:
    """Platforms that nobody could call: no secrets, no address, or one that is none.

    Without ``settings`` nobody knows which keys and further addresses there are.
    """
    order = [str(row.get("id")) for row in content.get("platforms", ())]
    given = set(secrets.names()) if secrets else None
    for name, row in catalogue.platforms.items():
        where: Where = ("platforms", order.index(name))
        yield from _addresses(name, row, where, settings)
        for file in missing(row.get("tls", {}), secrets.folder) if secrets else ():
            yield Finding(
                (*where, "tls"),
                f"Nền tảng {name}: thiếu tệp {file}",
                "Đặt vào thư mục khóa, ở từng nút.",
            )
        for secret in secrets_of(row) if given is not None else ():
            if secret not in (given or ()):
                yield Finding(
                    (*where, "secrets"),
                    f"Nền tảng {name}: thiếu khóa {secret}",
                    "Đặt vào secrets.json của thư mục khóa, ở từng nút.",
                )


def _addresses(
    name: str, row: Mapping[str, Any], where: Where, settings: Settings | None
) -> Iterable[Finding]:
    for key in ("address", "token_address"):
        if key in row and not _is_address(str(row[key])):
            yield Finding(
                (*where, key),
                f"Nền tảng {name}: {key} không phải địa chỉ gọi được",
                f'Ghi {key} = "https://máy-chủ:cổng/đường-dẫn", không kèm tài khoản,'
                " không có dấu hỏi.",
            )
    known = settings is None or row.get("address") or settings.addresses.get(name)
    if not known:
        yield Finding(
            where,
            f"Nền tảng {name} chưa có địa chỉ",
            f'Ghi address, hoặc {name} = "https://…" trong [addresses] của tệp thiết lập.',
        )


def _is_address(text: str) -> bool:
    try:
        Destination(text)
    except AddressRefused:
        return False
    return True


def one_way(catalogue: Catalogue, places: Places) -> Iterable[Finding]:
    """Offices of different agencies whose messages would reach one and the same system."""
    ways: dict[tuple[str, ...], Office] = {}
    for office in catalogue.offices.values():
        said = office.settings.get("platform")
        if not isinstance(said, Mapping):
            continue
        prefix = str(said.get("prefix", "")).strip("/")
        way = (str(said.get("by")), prefix, str(said.get("dstcode", "")))
        first = ways.setdefault(way, office)
        if first.agency != office.agency:
            yield Finding(
                places.office(office.id, "platform"),
                f"Cơ quan {office.id} và {first.id} khác ngành mà cùng một đường trên nền"
                f" tảng {way[0]}: hồ sơ của ngành này đến hệ thống của ngành kia",
                "Đối chiếu prefix và dstcode của hai đơn vị với đơn vị vận hành nền tảng.",
            )


def on_the_way(
    office: Office, catalogue: Catalogue, headers: Iterable[str], where: Where
) -> Iterable[Finding]:
    """What happens to an office's calls behind its platform, if it has one.

    ``headers``: of its dialect, beside those that all requests have.
    """
    said = office.settings.get("platform")
    by = str(said.get("by")) if isinstance(said, Mapping) else ""
    platform = catalogue.platforms.get(by)
    if platform is not None:
        yield from _lost(office, platform, headers, where)
        yield from _impatient(office, where)


def _impatient(office: Office, where: Where) -> Iterable[Finding]:
    """An office that gives up on calls which its platform is still going to carry."""
    if office.limits.timeout_s < PATIENCE_S:
        yield Finding(
            (*where, "lane", "timeout_s"),
            f"Cơ quan {office.id}: timeout_s ngắn hơn {PATIENCE_S:.0f} giây mà nền tảng chờ"
            " cơ quan; lượt gửi bị bỏ dở thành chưa rõ cơ quan đã nhận hay chưa",
            "Đặt timeout_s khoảng 70.",
            warning=True,
        )


def _lost(
    office: Office, platform: Mapping[str, Any], headers: Iterable[str], where: Where
) -> Iterable[Finding]:
    """Headers of the office's dialect that its platform would take away."""
    said = office.settings["platform"]
    name = str(platform.get("id"))
    passing = _PASSES.get(str(platform.get("kind")), frozenset())
    passing |= {str(one).lower() for one in said.get("opened", ())}
    here: Where = (*where, "platform")
    for header in headers:
        if header.lower() == AUTHORIZATION:
            if not said.get("authorization_as"):
                yield Finding(
                    here,
                    f"Cơ quan {office.id}: hệ thống của cơ quan cần mã phiên riêng, mà nền"
                    f" tảng {name} không cho đi qua: mọi lượt gửi sẽ đứng lại",
                    "Cơ quan có địa chỉ dành riêng cho nền tảng thì ghi session = false và"
                    " path của địa chỉ ấy; không có thì nhờ mở một tiêu đề, ghi"
                    " authorization_as (docs/nen-tang.vi.md).",
                )
        elif header.lower() not in passing:
            yield Finding(
                here,
                f"Cơ quan {office.id}: tiêu đề {header} không qua được nền tảng {name}",
                f"Hỏi cơ quan có xét {header} không. Không xét thì để nguyên; có thì nhờ"
                " nền tảng mở tiêu đề rồi ghi vào opened, hoặc đi đường khác.",
                warning=True,
            )
