"""What may be set of signing in, and what is refused by name."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.principal import Role
from gateway.settings import Settings

EXAMPLE = Path(__file__).resolve().parents[3] / "deploy" / "dang-nhap.toml"


def settings(**changes: Any) -> Settings:
    return Settings.model_validate({"run_dir": "/var/lib/lienthong", **changes})


def test_the_shipped_example_is_taken_as_it_stands() -> None:
    found = settings(**tomllib.loads(EXAMPLE.read_text("utf-8"))).sign_in
    assert found.single is not None
    assert next(iter(found.single.roles.items())) == (
        "lien-thong-quan-tri",
        "administrator",
    )
    policy = found.policy(codes_at_pages=False)
    assert policy.idle == timedelta(minutes=30)
    assert policy.behind == {"127.0.0.1"}


def test_administrators_need_a_second_factor_unless_somebody_says_otherwise() -> None:
    assert settings().sign_in.policy(codes_at_pages=False).second_for == {
        Role.ADMINISTRATOR
    }
    none = settings(sign_in={"second_factor": []}).sign_in
    assert none.policy(codes_at_pages=False).second_for == frozenset()


SINGLE = {
    "issuer": "https://a.example",
    "client_id": "x",
    "page": "https://b.example",
    "roles": {"g": "reader"},
}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"second_factor": ["one_stop"]}, "second_factor"),
        ({"behind": ["proxy"]}, "behind"),
        ({"idle_minutes": 0}, "idle_minutes"),
        ({"absolute_hours": 25}, "absolute_hours"),
        ({"unknown": 1}, "unknown"),
        ({"single": {**SINGLE, "issuer": "http://a.example"}}, "issuer"),
        ({"single": {**SINGLE, "page": "http://b.example"}}, "page"),
        ({"single": {**SINGLE, "roles": {"g": "officer"}}}, "roles"),
        ({"single": {**SINGLE, "roles": {}}}, "roles"),
        ({"single": {**SINGLE, "client_id": ""}}, "client_id"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_its_name(
    changed: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        settings(sign_in=changed)
