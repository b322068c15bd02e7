"""Which store a process opens, and how its database is reached."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.settings import StoreSettings
from tests.postgres import PASSWORD


def server(tmp_path: Path, **changed: Any) -> dict[str, Any]:
    secret = tmp_path / "password"
    secret.touch(mode=0o600)
    secret.write_text(PASSWORD + "\n", "utf-8")
    named = {"kind": "postgresql", "host": "db-1,db-2", "dbname": "d", "user": "u"}
    return {**named, "password_file": secret, **changed}


def test_a_file_needs_nothing() -> None:
    assert StoreSettings().kind == "sqlite"
    assert StoreSettings().parameters() == {}


def test_a_password_is_taken_as_it_is_and_shown_nowhere(tmp_path: Path) -> None:
    settings = StoreSettings.model_validate(server(tmp_path, port=6432))
    assert settings.parameters() == {
        "host": "db-1,db-2",
        "port": "6432",
        "dbname": "d",
        "user": "u",
        "password": PASSWORD,
        "sslmode": "verify-full",
        "sslrootcert": "system",
    }
    assert PASSWORD not in repr(settings)
    assert PASSWORD not in settings.model_dump_json()


def test_without_certificates_no_authority_is_named(tmp_path: Path) -> None:
    settings = StoreSettings.model_validate(server(tmp_path, sslmode="disable"))
    assert "sslrootcert" not in settings.parameters()


@pytest.mark.parametrize("missing", ["host", "dbname", "user", "password_file"])
def test_a_server_that_is_not_named_is_refused(tmp_path: Path, missing: str) -> None:
    values = server(tmp_path)
    del values[missing]
    with pytest.raises(ValidationError, match=missing):
        StoreSettings.model_validate(values)


def test_a_password_that_others_may_read_is_refused(tmp_path: Path) -> None:
    values = server(tmp_path)
    values["password_file"].chmod(0o640)
    with pytest.raises(ValueError, match="chmod 600"):
        StoreSettings.model_validate(values).parameters()


def test_a_pool_is_named_apart_from_the_server(tmp_path: Path) -> None:
    plain = StoreSettings.model_validate(server(tmp_path)).parameters()
    assert not {"pool_host", "pool_port"} & plain.keys()
    named = server(tmp_path, pool_host="/var/run/postgresql", pool_port=6433)
    given = StoreSettings.model_validate(named).parameters()
    assert given == {**plain, "pool_host": "/var/run/postgresql", "pool_port": "6433"}
