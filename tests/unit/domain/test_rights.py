"""Rights by role: each act has one, and no role is everything."""

from dataclasses import replace

import pytest

from gateway.domain.identifiers import PrincipalId
from gateway.domain.principal import (
    EVERYTHING,
    RIGHTS,
    Principal,
    Right,
    Role,
    may,
    may_approve,
    may_unmask,
    sees_people,
)

WHO = Principal(PrincipalId("a"), "A", Role.OPERATOR, EVERYTHING)


def test_every_role_has_a_row_and_every_right_somebody() -> None:
    assert set(RIGHTS) == set(Role)
    assert frozenset().union(*RIGHTS.values()) == set(Right)


@pytest.mark.parametrize("role", Role)
def test_nobody_approves_what_they_edited(role: Role) -> None:
    who = replace(WHO, role=role)
    assert not may_approve(who, who.id)
    assert may_approve(who, PrincipalId("b")) == may(who, Right.APPROVE)


def test_who_manages_accounts_and_keys_reads_and_changes_no_message() -> None:
    keepers = {role for role in Role if {Right.ACCOUNTS, Right.KEYS} & RIGHTS[role]}
    assert keepers == {Role.ADMINISTRATOR}
    assert not RIGHTS[Role.ADMINISTRATOR] & {Right.PAYLOAD, Right.EDIT, Right.APPROVE}


def test_whoever_only_looks_sees_no_payload_and_moves_nothing() -> None:
    assert RIGHTS[Role.READER] == {Right.LISTS}


def test_who_has_the_right_sees_people_at_once_or_asks_and_nobody_else_does() -> None:
    people = {role: Principal(PrincipalId("a"), "a", role, EVERYTHING) for role in Role}
    at_once = {role for role, one in people.items() if sees_people(one)}
    asking = {role for role, one in people.items() if may_unmask(one)}
    assert at_once == {Role.OPERATOR, Role.ONE_STOP, Role.OFFICER}
    assert asking == {Role.HEAD, Role.ADMINISTRATOR}


def test_an_officer_at_a_list_has_no_right_at_the_gateway() -> None:
    assert RIGHTS[Role.OFFICER] == frozenset()
