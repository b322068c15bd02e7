"""Values are compared by their fields and changed only into other values."""

from __future__ import annotations

import dataclasses

import pytest

from gateway.domain.identifiers import AgencyId
from gateway.domain.report import Reference
from gateway.domain.values import dataclass, replace

AGENCY = AgencyId("land_registry")


@dataclass(frozen=True, slots=True)
class One:
    """A value of one field."""

    only: int


def test_equal_fields_make_equal_values_of_equal_hash() -> None:
    one, same = (Reference(AGENCY, "so_bien_nhan", "7") for _ in range(2))
    assert one == same
    assert hash(one) == hash(same)
    assert one != Reference(AGENCY, "so_bien_nhan", "8")


def test_replacing_a_field_makes_another_value_and_leaves_the_first() -> None:
    before = Reference(AGENCY, "so_bien_nhan", "7")
    after = replace(before, value="8")
    assert after == Reference(AGENCY, "so_bien_nhan", "8")
    assert before == Reference(AGENCY, "so_bien_nhan", "7")
    assert after == dataclasses.replace(before, value="8")


def test_a_value_of_one_field_can_be_replaced() -> None:
    assert replace(One(1), only=2) == One(2)


def test_a_field_that_a_value_does_not_have_cannot_be_replaced() -> None:
    with pytest.raises(KeyError):
        replace(One(1), other=2)  # type: ignore[call-arg]
