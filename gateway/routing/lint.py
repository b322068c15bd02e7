"""Silent configuration errors, found before they make a dossier disappear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.domain.identifiers import AgencyId
from gateway.domain.procedure import BY_COMMUNE_LAND, BY_ONE_STOP, Carrier
from gateway.routing import platforms
from gateway.routing.catalogue import Catalogue, national_code, read
from gateway.routing.conditions import CONDITIONS
from gateway.routing.link import check_links
from gateway.routing.slips import BY_SYSTEM, ON_PAPER


def problems(
    content: Mapping[str, Any],
    kinds: Mapping[str, frozenset[str]],
    optional: Mapping[str, frozenset[str]] | None = None,
) -> list[str]:
    """Everything wrong with a configuration, in Vietnamese; empty when it holds.

    ``kinds``: agency → message kinds that its adapter knows; ``optional``: those
    among them that only some offices take, so that each office has to say.
    """
    try:
        catalogue = read(0, content)
        check_links(catalogue)
    except ValueError as wrong:
        return [f"Không đọc được: {wrong}"]
    return [
        *_repeated(content),
        *_unsaid(content, optional or {}),
        *_procedures(catalogue, kinds),
        *_slip_issuers(catalogue),
        *_slips(catalogue),
        *_lanes(catalogue),
        *_rules(catalogue),
        *_overlaps(catalogue),
        *platforms.problems(catalogue),
    ]


def _repeated(content: Mapping[str, Any]) -> Iterable[str]:
    offices = [
        row["id"]
        for agency in content.get("agencies", ())
        for row in agency.get("office", ())
    ]
    rules = [row["id"] for row in content.get("rules", ())]
    for what, names in (("Cơ quan", offices), ("Quy tắc", rules)):
        for name, count in Counter(names).items():
            if count > 1:
                yield f"{what} {name} được khai báo {count} lần"


def _unsaid(
    content: Mapping[str, Any], optional: Mapping[str, frozenset[str]]
) -> Iterable[str]:
    for agency in content.get("agencies", ()):
        some = optional.get(agency["agency"]["id"])
        for row in agency.get("office", ()) if some else ():
            if "operations_off" not in row:
                names = ", ".join(sorted(some or ()))
                yield (
                    f"Cơ quan {row['id']} chưa ghi operations_off: nêu thao tác mà cơ"
                    f" quan chưa nhận trong số {names}, hoặc [] khi nhận cả"
                )


def _procedures(
    catalogue: Catalogue, kinds: Mapping[str, frozenset[str]]
) -> Iterable[str]:
    agencies = {office.agency for office in catalogue.offices.values()}
    for procedure in catalogue.procedures:
        name = f"Thủ tục {procedure.code} bản {procedure.version}"
        if not any(leg.ends_dossier for leg in procedure.legs):
            yield f"{name}: không phần việc nào kết thúc hồ sơ"
        for leg in procedure.legs:
            if leg.agency not in agencies:
                yield f"{name}: không có cơ quan nào thuộc {leg.agency}"
            for condition in leg.when:
                if condition.removeprefix("not ") not in CONDITIONS:
                    yield f"{name}: điều kiện lạ {condition!r}"
            if leg.carried_by is Carrier.GATEWAY:
                known = _known(catalogue, leg.agency, kinds)
                for rule in leg.messages:
                    if rule.kind not in known:
                        yield f"{name}: {leg.agency} không có loại thông điệp {rule.kind}"


def _known(
    catalogue: Catalogue, agency: AgencyId, kinds: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Message kinds of an agency, in whatever dialects its offices speak."""
    spoken = {o.speaks for o in catalogue.offices.values() if o.agency == agency}
    return frozenset(kind for one in spoken for kind in kinds.get(one, ()))


def _slip_issuers(catalogue: Catalogue) -> Iterable[str]:
    named = [
        (office, unit)
        for office in catalogue.offices.values()
        for unit in office.settings.get("slip_issuer", ())
    ]
    for office, unit in named:
        for code in sorted(set(unit["communes"]) - set(catalogue.communes)):
            yield f"Cơ quan {office.id}: slip_issuer {unit['id']}: không có xã {code}"
    for procedure in catalogue.procedures:
        name = f"Thủ tục {procedure.code} bản {procedure.version}"
        issuers = {leg.issuer for leg in procedure.legs if leg.issuer}
        agencies = {leg.agency for leg in procedure.legs}
        for issuer in sorted(issuers - {BY_ONE_STOP, BY_COMMUNE_LAND, *agencies}):
            yield f"{name}: nơi lập phiếu lạ {issuer!r}"
        if BY_COMMUNE_LAND in issuers and not named:
            yield (
                f"{name}: không cơ quan nào khai [[office.slip_issuer]], nên không ai"
                " ký được phiếu"
            )


def _slips(catalogue: Catalogue) -> Iterable[str]:
    """How who issues slips makes them: a word that is none would silently be none."""
    known = (BY_SYSTEM, ON_PAPER)
    for office in catalogue.offices.values():
        entries = {f"Cơ quan {office.id}": office.settings}
        for unit in office.settings.get("slip_issuer", ()):
            entries[f"Cơ quan {office.id}: slip_issuer {unit['id']}"] = unit
        for name, entry in entries.items():
            said = entry.get("slips", BY_SYSTEM)
            if said not in known:
                yield (
                    f'{name}: slips = {said!r} không có nghĩa: ghi "{ON_PAPER}" khi lập'
                    f' phiếu chuyển trên giấy, "{BY_SYSTEM}" khi có hệ thống'
                )


def _lanes(catalogue: Catalogue) -> Iterable[str]:
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
            yield f"Cơ quan {office.id}: lane.{name} ghi sai: xem mức ghi trong tệp mẫu"


def _rules(catalogue: Catalogue) -> Iterable[str]:
    stems = {national_code(p.code) for p in catalogue.procedures}
    for rule in catalogue.rules:
        office = catalogue.offices.get(rule.office)
        if office is None:
            yield f"Quy tắc {rule.id}: không có cơ quan {rule.office}"
        elif catalogue.speaks_for(rule.office) != {rule.office}:
            yield f"Quy tắc {rule.id}: {rule.office} là kênh, không phải cơ quan"
        elif office.agency != rule.agency:
            yield f"Quy tắc {rule.id}: {rule.office} không thuộc {rule.agency}"
        for stem in rule.procedures - stems:
            yield f"Quy tắc {rule.id}: không có thủ tục {stem}"
        for code in sorted(rule.communes - set(catalogue.communes)):
            yield f"Quy tắc {rule.id}: không có xã {code}"


def _overlaps(catalogue: Catalogue) -> Iterable[str]:
    rules = catalogue.rules
    for i, one in enumerate(rules):
        for other in rules[i + 1 :]:
            same_agency = one.agency == other.agency and one.office != other.office
            communes = one.communes & other.communes
            procedures = not (one.procedures and other.procedures) or (
                one.procedures & other.procedures
            )
            together = (one.valid_to is None or other.valid_from <= one.valid_to) and (
                other.valid_to is None or one.valid_from <= other.valid_to
            )
            if same_agency and communes and procedures and together:
                yield f"Quy tắc {one.id} và {other.id} cùng nhận xã {min(communes)}"
