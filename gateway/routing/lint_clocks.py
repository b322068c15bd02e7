"""Rules of clocks that contradict each other, or name what is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gateway.routing.clock_rules import OTHER_LEG
from gateway.routing.finding import Finding

if TYPE_CHECKING:
    from gateway.domain.measure import ClockRule
    from gateway.routing.catalogue import Catalogue

_EVERY = "*"
#: What a trigger of the dossier's own has in the place of a leg.
_DOSSIER = "dossier"


def clocks_at_odds(
    content: Mapping[str, Any], catalogue: Catalogue
) -> Iterable[Finding]:
    """Two rules for one clock on one day, and agencies, offices or legs that are none."""
    agencies = {str(a["agency"]["id"]) for a in content.get("agencies", ())}
    legs = {leg.name for plan in catalogue.procedures for leg in plan.legs}
    for i, rule in enumerate(catalogue.clocks):
        yield from _strangers(rule, i, catalogue, agencies, legs)
        for other in catalogue.clocks[:i]:
            if _clash(rule, other):
                yield Finding(
                    ("clocks", i),
                    f"Đồng hồ {rule.id} và {other.id} cùng tính «{rule.name}» từ"
                    f" {max(rule.valid_from, other.valid_from)}",
                    "Ghi ngày hết hiệu lực (to) của quy tắc cũ, hoặc giới hạn thủ tục.",
                )


def _clash(one: ClockRule, other: ClockRule) -> bool:
    """Whether two rules of one name hold at once, and none is the more particular."""
    if one.name != other.name or not _meet(one.agencies, other.agencies):
        return False
    alike = bool(one.offices) == bool(other.offices)
    alike &= bool(one.procedures) == bool(other.procedures)
    if not alike:
        return False
    for mine, theirs in (
        (one.offices, other.offices),
        (one.procedures, other.procedures),
    ):
        if mine and mine.isdisjoint(theirs):
            return False
    begins = max(one.valid_from, other.valid_from)
    return all(
        rule.valid_to is None or rule.valid_to >= begins for rule in (one, other)
    )


def _meet(one: frozenset[str], other: frozenset[str]) -> bool:
    if not one or not other:
        return one == other
    return _EVERY in one | other or not one.isdisjoint(other)


def _strangers(
    rule: ClockRule, i: int, catalogue: Catalogue, agencies: set[str], legs: set[str]
) -> Iterable[Finding]:
    for agency in sorted(rule.agencies - agencies - {_EVERY}):
        yield Finding(
            ("clocks", i, "agencies"),
            f"Đồng hồ {rule.id}: không có cơ quan {agency}",
            "Ghi mã cơ quan trong config/agencies.",
        )
    for office in sorted(rule.offices - {str(one) for one in catalogue.offices}):
        yield Finding(
            ("clocks", i, "offices"),
            f"Đồng hồ {rule.id}: không có đơn vị {office}",
            "Ghi mã đơn vị trong config/agencies.",
        )
    named = {t.leg for t in (*rule.begins_on, *rule.ends_on, *rule.restarts_on)}
    named |= {
        token.removeprefix(OTHER_LEG)
        for token in rule.excludes
        if token.startswith(OTHER_LEG)
    }
    for leg in sorted(named - legs - {"", _DOSSIER}):
        yield Finding(
            ("clocks", i),
            f"Đồng hồ {rule.id}: không thủ tục nào có phần việc {leg}",
            "Ghi tên phần việc trong config/procedures.",
        )
