"""Silent configuration errors, found before they make a dossier disappear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from gateway.domain.procedure import BY_COMMUNE_LAND, BY_ONE_STOP, Carrier
from gateway.routing import platforms
from gateway.routing.catalogue import Catalogue, national_code, read
from gateway.routing.conditions import CONDITIONS
from gateway.routing.finding import Finding, Known, Where
from gateway.routing.link import check_links
from gateway.routing.lint_clocks import clocks_at_odds
from gateway.routing.lint_communes import included
from gateway.routing.lint_form import misshapen
from gateway.routing.lint_shape import doubled, unreadable
from gateway.routing.slips import BY_SYSTEM, ON_PAPER

T = TypeVar("T")


def problems(
    content: Mapping[str, Any],
    kinds: Mapping[str, frozenset[str]],
    optional: Mapping[str, frozenset[str]] | None = None,
) -> list[str]:
    """What contradicts itself in a configuration, in words; empty when it holds."""
    known = Known(kinds, optional or {})
    return [one.what for one in contradictions(content, known)]


def contradictions(content: Mapping[str, Any], known: Known) -> list[Finding]:
    """The same with its places: what no dossier of whatever day could live with."""
    wrong_form = misshapen(content)
    if wrong_form:
        return wrong_form
    try:
        catalogue = read(0, content)
        check_links(catalogue)
    except (KeyError, TypeError, ValueError) as wrong:
        return unreadable(content, wrong)
    places = Places(content)
    return [
        *doubled(content),
        *included(content, catalogue.areas),
        *_unsaid(content, known.optional),
        *_procedures(catalogue, known.kinds, places),
        *_slip_issuers(catalogue, places),
        *_slips(catalogue, places),
        *_lanes(catalogue, places),
        *_rules(catalogue),
        *_overlaps(catalogue),
        *_platforms(content, catalogue, places),
        *clocks_at_odds(content, catalogue),
    ]


def said_of(
    catalogue: Catalogue, told: Mapping[str, frozenset[T]], agency: str
) -> frozenset[T] | None:
    """What the folders say whose dialects an agency's offices speak; None: one is silent."""
    dialects = {o.speaks for o in catalogue.offices.values() if o.agency == agency}
    if not dialects or any(one not in told for one in dialects):
        return told.get(agency)
    return frozenset().union(*(told[one] for one in dialects))


class Places:
    """Where in the content an entry stands that has been read from it."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        """Look each entry up once."""
        self._offices: dict[str, Where] = {}
        for i, agency in enumerate(content.get("agencies", ())):
            for j, row in enumerate(agency.get("office", ())):
                place: Where = ("agencies", i, "office", j)
                self._offices.setdefault(str(row.get("id")), place)
        self._procedures = {
            (row["code"], row["version"]): i
            for i, row in enumerate(content.get("procedures", ()))
        }

    def office(self, identifier: str, *path: str | int) -> Where:
        """Of an office's entry."""
        return (*self._offices.get(identifier, ("agencies",)), *path)

    def procedure(self, code: str, version: str, *path: str | int) -> Where:
        """Of a procedure's file."""
        return ("procedures", self._procedures[code, version], *path)


def _platforms(
    content: Mapping[str, Any], catalogue: Catalogue, places: Places
) -> Iterable[Finding]:
    order = [str(row.get("id")) for row in content.get("platforms", ())]
    for owner, identifier, what in platforms.problems(catalogue):
        where: Where = places.office(identifier, "platform")
        if owner == platforms.PLATFORM:
            where = ("platforms", order.index(identifier))
        yield Finding(where, what, "Sửa theo docs/nen-tang.vi.md.")


def _unsaid(
    content: Mapping[str, Any], optional: Mapping[str, frozenset[str]]
) -> Iterable[Finding]:
    for i, agency in enumerate(content.get("agencies", ())):
        head = agency["agency"]
        for j, row in enumerate(agency.get("office", ())):
            some = optional.get(row.get("speaks", head.get("speaks", head["id"])))
            if some and "operations_off" not in row:
                names = ", ".join(sorted(some or ()))
                yield Finding(
                    ("agencies", i, "office", j),
                    f"Cơ quan {row['id']} chưa ghi operations_off: nêu thao tác mà cơ"
                    f" quan chưa nhận trong số {names}, hoặc [] khi nhận cả",
                    "Hỏi cơ quan rồi ghi operations_off.",
                )


def _procedures(
    catalogue: Catalogue, kinds: Mapping[str, frozenset[str]], places: Places
) -> Iterable[Finding]:
    agencies = {office.agency for office in catalogue.offices.values()}
    for procedure in catalogue.procedures:
        name = f"Thủ tục {procedure.code} bản {procedure.version}"
        at = (procedure.code, procedure.version)
        if not any(leg.ends_dossier for leg in procedure.legs):
            yield Finding(
                places.procedure(*at),
                f"{name}: không phần việc nào kết thúc hồ sơ",
                "Ghi ends_dossier = true ở phần việc quyết định kết quả.",
            )
        for i, leg in enumerate(procedure.legs):
            here = places.procedure(*at, "leg", i)
            if leg.agency not in agencies:
                yield Finding(
                    (*here, "agency"),
                    f"{name}: không có cơ quan nào thuộc {leg.agency}",
                    "Khai cơ quan trong agencies/, hoặc sửa agency.",
                )
            for condition in leg.when:
                if condition.removeprefix("not ") not in CONDITIONS:
                    yield Finding(
                        (*here, "when"),
                        f"{name}: điều kiện lạ {condition!r}",
                        f"Dùng một trong: {', '.join(sorted(CONDITIONS))}.",
                    )
            if leg.carried_by is Carrier.GATEWAY:
                known = said_of(catalogue, kinds, leg.agency) or frozenset()
                for j, rule in enumerate(leg.messages):
                    if rule.kind not in known:
                        yield Finding(
                            (*here, "message", j, "kind"),
                            f"{name}: {leg.agency} không có loại thông điệp {rule.kind}",
                            f"Dùng một trong: {', '.join(sorted(known)) or 'không có'}.",
                        )


def _slip_issuers(catalogue: Catalogue, places: Places) -> Iterable[Finding]:
    named = [
        (office, i, unit)
        for office in catalogue.offices.values()
        for i, unit in enumerate(office.settings.get("slip_issuer", ()))
    ]
    for office, i, unit in named:
        for code in sorted(set(unit["communes"]) - set(catalogue.areas.communes)):
            yield Finding(
                places.office(office.id, "slip_issuer", i, "communes"),
                f"Cơ quan {office.id}: slip_issuer {unit['id']}: không có xã {code}",
                "Sửa mã xã, hoặc thêm xã vào areas/communes.toml.",
            )
    for procedure in catalogue.procedures:
        name = f"Thủ tục {procedure.code} bản {procedure.version}"
        where = places.procedure(procedure.code, procedure.version)
        issuers = {leg.issuer for leg in procedure.legs if leg.issuer}
        agencies = {leg.agency for leg in procedure.legs}
        for issuer in sorted(issuers - {BY_ONE_STOP, BY_COMMUNE_LAND, *agencies}):
            yield Finding(
                where,
                f"{name}: nơi lập phiếu lạ {issuer!r}",
                "Ghi ngành của một phần việc, one_stop hoặc commune_land.",
            )
        if BY_COMMUNE_LAND in issuers and not named:
            yield Finding(
                where,
                f"{name}: không cơ quan nào khai [[office.slip_issuer]], nên không ai"
                " ký được phiếu",
                "Khai [[office.slip_issuer]] ở chi nhánh đất đai.",
            )


def _slips(catalogue: Catalogue, places: Places) -> Iterable[Finding]:
    """How who issues slips makes them: a word that is none would silently be none."""
    known = (BY_SYSTEM, ON_PAPER)
    for office in catalogue.offices.values():
        here = places.office(office.id)
        entries = [(f"Cơ quan {office.id}", here, office.settings)]
        for i, unit in enumerate(office.settings.get("slip_issuer", ())):
            name = f"Cơ quan {office.id}: slip_issuer {unit['id']}"
            entries.append((name, (*here, "slip_issuer", i), unit))
        for name, where, entry in entries:
            said = entry.get("slips", BY_SYSTEM)
            if said not in known:
                yield Finding(
                    (*where, "slips"),
                    f'{name}: slips = {said!r} không có nghĩa: ghi "{ON_PAPER}" khi lập'
                    f' phiếu chuyển trên giấy, "{BY_SYSTEM}" khi có hệ thống',
                    f'Ghi "{ON_PAPER}" hoặc "{BY_SYSTEM}".',
                )


def _lanes(catalogue: Catalogue, places: Places) -> Iterable[Finding]:
    """Numbers of a lane that would stop it for good, or drive it without end."""
    for office in catalogue.offices.values():
        limits = office.limits
        wrong = {
            "in_flight": limits.in_flight < 1,
            "per_second": limits.per_second is not None and limits.per_second <= 0,
            "breaker_failures": limits.breaker_failures < 1,
            "breaker_rest_s": limits.breaker_rest_s <= 0,
            "ramp_s": limits.ramp_s < 0,
            "retry.first_s": limits.retry.first_s <= 0,
            "retry.cap_s": limits.retry.cap_s < limits.retry.first_s,
            "retry.horizon_s": limits.retry.horizon_s <= 0,
        }
        for name in (name for name, is_wrong in wrong.items() if is_wrong):
            yield Finding(
                places.office(office.id, "lane", *name.split(".")),
                f"Cơ quan {office.id}: lane.{name} ghi sai: xem mức ghi trong tệp mẫu",
                "Sửa theo mức ghi trong config/agencies/one_stop.toml.",
            )


def _rules(catalogue: Catalogue) -> Iterable[Finding]:
    stems = {national_code(p.code) for p in catalogue.procedures}
    for i, rule in enumerate(catalogue.rules):
        office = catalogue.offices.get(rule.office)
        here: Where = ("rules", i)
        if office is None:
            yield Finding(
                (*here, "office"),
                f"Quy tắc {rule.id}: không có cơ quan {rule.office}",
                "Sửa office, hoặc khai đơn vị trong agencies/.",
            )
        elif catalogue.speaks_for(rule.office) != {rule.office}:
            yield Finding(
                (*here, "office"),
                f"Quy tắc {rule.id}: {rule.office} là kênh, không phải cơ quan",
                "Ghi đơn vị có thẩm quyền; kênh do [[office.road]] của đơn vị chọn.",
            )
        elif office.agency != rule.agency:
            yield Finding(
                (*here, "agency"),
                f"Quy tắc {rule.id}: {rule.office} không thuộc {rule.agency}",
                f"Ghi agency = {office.agency!r}, hoặc sửa office.",
            )
        for stem in sorted(rule.procedures - stems):
            yield Finding(
                (*here, "procedures"),
                f"Quy tắc {rule.id}: không có thủ tục {stem}",
                "Sửa mã, hoặc khai thủ tục trong procedures/.",
            )
        for code in sorted(rule.communes - set(catalogue.areas.communes)):
            yield Finding(
                (*here, "communes"),
                f"Quy tắc {rule.id}: không có xã {code}",
                "Sửa mã xã, hoặc thêm xã vào areas/communes.toml.",
            )


def _overlaps(catalogue: Catalogue) -> Iterable[Finding]:
    rules = catalogue.rules
    everywhere = frozenset(catalogue.areas.communes)
    for i, one in enumerate(rules):
        for j, other in enumerate(rules[i + 1 :], i + 1):
            same_agency = one.agency == other.agency and one.office != other.office
            # None named: everywhere.
            communes = (one.communes or everywhere) & (other.communes or everywhere)
            procedures = not (one.procedures and other.procedures) or (
                one.procedures & other.procedures
            )
            together = (one.valid_to is None or other.valid_from <= one.valid_to) and (
                other.valid_to is None or one.valid_from <= other.valid_to
            )
            if same_agency and communes and procedures and together:
                yield Finding(
                    ("rules", j),
                    f"Quy tắc {one.id} và {other.id} cùng nhận xã {min(communes)}",
                    "Bỏ xã hoặc thủ tục ở một quy tắc, hoặc ghi to cho quy tắc hết dùng.",
                )
