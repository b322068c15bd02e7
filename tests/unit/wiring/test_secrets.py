import stat
from pathlib import Path

import pytest

from gateway.domain.identifiers import OfficeId
from gateway.wiring.secrets import Secrets, make_mock_secrets


def test_a_folder_that_others_may_read_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    with pytest.raises(ValueError, match="người khác đọc được"):
        Secrets(tmp_path)


def test_made_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    make_mock_secrets(folder, ["land.callback"], ["gateway"])
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()}
    assert modes
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_exists_is_not_made_again(tmp_path: Path) -> None:
    make_mock_secrets(tmp_path, ["land.callback"], ["gateway"])
    before = (
        Secrets(tmp_path).value("land.callback"),
        Secrets(tmp_path).pair("gateway").key,
    )
    make_mock_secrets(tmp_path, ["land.callback", "tax.callback"], ["gateway"])
    after = (
        Secrets(tmp_path).value("land.callback"),
        Secrets(tmp_path).pair("gateway").key,
    )
    assert after == before


def test_the_present_and_the_next_path_secret_are_accepted_and_no_other(
    tmp_path: Path,
) -> None:
    make_mock_secrets(tmp_path, ["land.callback", "land.callback.next"], [])
    secrets = Secrets(tmp_path)
    office = OfficeId("land")
    assert secrets.accepts(office, secrets.value("land.callback"))
    assert secrets.accepts(office, secrets.value("land.callback.next"))
    assert not secrets.accepts(office, "")
    assert not secrets.accepts(OfficeId("tax"), secrets.value("land.callback"))


def test_a_pair_or_value_that_nobody_put_there_is_a_key_error(tmp_path: Path) -> None:
    make_mock_secrets(tmp_path, [], [])
    with pytest.raises(KeyError):
        Secrets(tmp_path).pair("gateway")
    with pytest.raises(KeyError):
        Secrets(tmp_path).value("gateway")


def test_certificates_of_an_owner_are_those_that_lie_there_now(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    assert secrets.certificates("tax") == []
    for name in ("tax.cert.pem", "tax.next.cert.pem", "tax.old.cert.pem"):
        (tmp_path / name).write_bytes(name.encode())
    for name in ("taxi.cert.pem", "tax.key.pem", "tax.cert.pem.bak", "a.tax.cert.pem"):
        (tmp_path / name).write_bytes(b"of somebody else")
    assert secrets.certificates("tax") == [
        *(b"tax.old.cert.pem", b"tax.next.cert.pem", b"tax.cert.pem")
    ]
    (tmp_path / "tax.cert.pem").write_bytes(b"changed in place")
    (tmp_path / "tax.old.cert.pem").unlink()
    assert secrets.certificates("tax") == [b"tax.next.cert.pem", b"changed in place"]
