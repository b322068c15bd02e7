"""A release that its maker did not sign as it is, is not installed."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.wiring import release_check
from gateway.wiring.upgrade_check import Mark
from scripts import bundle
from tests.attack.frame import Attack, attacks

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.wiring.upgrade_check import Line

pytestmark = pytest.mark.timeout(60)
ROOT = Path(__file__).resolve().parents[2]
PRESENT = f"{sys.version_info.major}.{sys.version_info.minor}"
DOOR = "install.sh"


def made_key(path: Path) -> Path:
    """A pair as those who release make it."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(command, check=True)
    return path


def signers_of(key: Path, name: str = "lienthong") -> Path:
    """What an installer got by another way than the archive."""
    public = key.with_suffix(".pub").read_text("utf-8")
    path = key.with_suffix(".signers")
    path.write_text(f'{name} namespaces="{bundle.NAMESPACE}" {public}', "utf-8")
    return path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The maker's, and somebody else's."""
    folder = tmp_path_factory.mktemp("keys")
    return made_key(folder / "maker"), made_key(folder / "other")


@pytest.fixture
def release(tmp_path: Path, keys: tuple[Path, Path]) -> Path:
    """An archive as it is unpacked: small, and signed."""
    where = tmp_path / "lienthong-1.2.3"
    (where / "wheels").mkdir(parents=True)
    (where / "wheels" / "lienthong_gateway-1.2.3-py3-none-any.whl").write_bytes(b"w")
    (where / "docs").mkdir()
    (where / "docs" / "a.md").write_text("# A\n", "utf-8")
    shutil.copy(ROOT / "deploy" / "install.sh", where / "install.sh")
    (where / "RELEASE").write_text(
        f"version=1.2.3\nmachine={platform.machine()}\nglibc=2.17\npythons={PRESENT}\n"
    )
    bundle.sums(where)
    bundle.sign(where, keys[0])
    return where


def checked(release: Path, signers: Path | None, *more: str) -> tuple[int, str]:
    """What the script says of the archive and this machine; it installs nothing."""
    words = ["--check", "--user", "root", "--python", sys.executable]
    words += ["--prefix", str(release.parent / "opt")]
    words += ["--signers", str(signers)] if signers else []
    words += more
    command = ["sh", str(release / "install.sh"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def wheel_of(where: Path) -> Path:
    (found,) = (where / "wheels").iterdir()
    return found


def _changed_wheel(where: Path, _other: Path) -> None:
    wheel_of(where).write_bytes(b"other")


def _changed_script(where: Path, _other: Path) -> None:
    with (where / "install.sh").open("a") as script:
        script.write("# more\n")


def _added_wheel(where: Path, _other: Path) -> None:
    """The script names its own wheel by a pattern."""
    (where / "wheels" / "lienthong_gateway-1.2.3-0-py3-none-any.whl").write_bytes(b"x")


def _added_link(where: Path, _other: Path) -> None:
    (where / "wheels" / "more.whl").symlink_to("/etc/hostname")


def _replaced_by_link(where: Path, _other: Path) -> None:
    wheel = wheel_of(where)
    copy = where.parent / "copy.whl"
    shutil.move(wheel, copy)
    wheel.symlink_to(copy)


def _taken_out(where: Path, _other: Path) -> None:
    (where / "docs" / "a.md").unlink()


def _summed_anew(where: Path, _other: Path) -> None:
    _changed_wheel(where, _other)
    bundle.sums(where)


def _by_another(where: Path, other: Path) -> None:
    _summed_anew(where, other)
    bundle.sign(where, other)


def _unsigned(where: Path, _other: Path) -> None:
    (where / bundle.SIGNATURE).unlink()


def _empty(where: Path, _other: Path) -> None:
    (where / bundle.SIGNATURE).write_text("")


TECHNIQUES: dict[str, Callable[[Path, Path], None]] = {
    "changed-wheel": _changed_wheel,
    "changed-script": _changed_script,
    "added-wheel": _added_wheel,
    "added-link": _added_link,
    "replaced-by-a-link": _replaced_by_link,
    "taken-out": _taken_out,
    "checksums-made-anew": _summed_anew,
    "signed-by-another": _by_another,
    "no-signature": _unsigned,
    "empty-signature": _empty,
}


@pytest.mark.parametrize(
    ("attack", "technique"),
    attacks(*((Attack(29, name, DOOR), name) for name in TECHNIQUES)),
)
def test_what_the_maker_did_not_sign_is_not_installed(
    release: Path, keys: tuple[Path, Path], attack: Attack, technique: str
) -> None:
    maker, other = keys
    TECHNIQUES[technique](release, other)
    code, said = checked(release, signers_of(maker))
    assert code == 1, said
    assert "Chưa cài gì" in said
    assert not (release.parent / "opt").exists()


@pytest.mark.parametrize(
    ("attack", "namespace"),
    attacks(
        (Attack(29, "signed-for-something-else", DOOR), "git"),
        (Attack(29, "signed-as-a-file", DOOR), "file"),
    ),
)
def test_what_the_key_signed_for_something_else_is_no_release(
    release: Path, keys: tuple[Path, Path], attack: Attack, namespace: str
) -> None:
    (release / bundle.SIGNATURE).unlink()
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(keys[0])]
    subprocess.run([*command, str(release / bundle.SUMS)], check=True)
    code, said = checked(release, signers_of(keys[0]))
    assert code == 1, said


@pytest.mark.parametrize(
    "attack", attacks((Attack(29, "signature-of-another-release", DOOR),))
)
def test_a_signature_of_another_release_does_not_hold(
    release: Path, keys: tuple[Path, Path], attack: Attack
) -> None:
    signature = (release / bundle.SIGNATURE).read_bytes()
    _summed_anew(release, keys[1])
    (release / bundle.SIGNATURE).write_bytes(signature)
    assert checked(release, signers_of(keys[0]))[0] == 1


@pytest.mark.control
@pytest.mark.parametrize(
    ("attack", "technique"),
    attacks(
        *(
            (Attack(29, name, DOOR), name)
            for name in ("checksums-made-anew", "signed-by-another", "no-signature")
        )
    ),
)
def test_who_knows_no_key_takes_checksums_for_it(
    release: Path, keys: tuple[Path, Path], attack: Attack, technique: str
) -> None:
    TECHNIQUES[technique](release, keys[1])
    code, said = checked(release, None)
    assert code == 0, said
    assert "chưa kiểm tra chữ ký" in said


@pytest.mark.honest
@pytest.mark.parametrize("attack", attacks((Attack(29, "signed", DOOR),)))
def test_what_the_maker_signed_is_installed(
    release: Path, keys: tuple[Path, Path], attack: Attack
) -> None:
    code, said = checked(release, signers_of(keys[0]))
    assert code == 0, said
    assert "chữ ký của gói" in said


#: The look before an upgrade, at a release as it was unpacked.
LOOK = "upgrade --check"


def looked(release: Path, signers: Path | None) -> list[Line]:
    """What the command says of an archive's maker."""
    return list(release_check.signed(release, signers))


@pytest.mark.parametrize(
    ("attack", "technique"),
    attacks(*((Attack(29, name, LOOK), name) for name in TECHNIQUES)),
)
def test_the_look_before_an_upgrade_refuses_what_the_maker_did_not_sign(
    release: Path, keys: tuple[Path, Path], attack: Attack, technique: str
) -> None:
    maker, other = keys
    TECHNIQUES[technique](release, other)
    (line,) = looked(release, signers_of(maker))
    assert line.mark is Mark.WRONG, line
    assert "Đừng nâng cấp" in line.todo


@pytest.mark.parametrize(
    ("attack", "namespace"),
    attacks((Attack(29, "signed-for-something-else", LOOK), "git")),
)
def test_the_look_takes_no_signature_for_something_else(
    release: Path, keys: tuple[Path, Path], attack: Attack, namespace: str
) -> None:
    (release / bundle.SIGNATURE).unlink()
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(keys[0])]
    subprocess.run([*command, str(release / bundle.SUMS)], check=True)
    (line,) = looked(release, signers_of(keys[0]))
    assert line.mark is Mark.WRONG


@pytest.mark.honest
@pytest.mark.parametrize("attack", attacks((Attack(29, "signed", LOOK),)))
def test_the_look_takes_what_the_maker_signed_and_says_where_nobody_looked(
    release: Path, keys: tuple[Path, Path], attack: Attack
) -> None:
    (line,) = looked(release, signers_of(keys[0]))
    assert line.mark is Mark.GOOD, line
    (line,) = looked(release, None)
    assert line.mark is Mark.NOTE
    assert "chưa kiểm tra" in line.says


@pytest.mark.parametrize(
    ("attack", "change"),
    attacks(
        (Attack(29, "changed-script", "upgrade --check, installed"), "changed"),
        (Attack(29, "no-signature", "upgrade --check, installed"), "unsigned"),
        (Attack(29, "nothing-kept", "upgrade --check, installed"), "nothing"),
    ),
)
def test_what_was_kept_of_an_installation_is_held_against_its_signature(
    release: Path,
    keys: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    attack: Attack,
    change: str,
) -> None:
    # As install.sh leaves it: no wheels.
    shutil.rmtree(release / "wheels")
    monkeypatch.setattr(release_check, "INSTALLED", release)
    (line,) = release_check.signed(None, signers_of(keys[0]))
    assert line.mark is Mark.GOOD, line
    if change == "changed":
        _changed_script(release, keys[1])
    elif change == "unsigned":
        (release / bundle.SIGNATURE).unlink()
    else:
        (release / bundle.SUMS).unlink()
    (line,) = release_check.signed(None, signers_of(keys[0]))
    assert line.mark is Mark.WRONG


def used(release: Path, version: str) -> None:
    """Another release is in use where this one would be installed."""
    prefix = release.parent / "opt"
    (prefix / "releases" / version).mkdir(parents=True)
    (prefix / "current").symlink_to(f"releases/{version}")


@pytest.mark.parametrize(
    ("attack", "version"),
    attacks(
        (Attack(29, "older-and-signed", DOOR), "1.2.4"),
        (Attack(29, "older-by-two-digits", DOOR), "1.10.0"),
        (Attack(29, "much-older", DOOR), "2.0.0"),
    ),
)
def test_an_older_release_goes_nowhere_unless_somebody_says_so(
    release: Path, keys: tuple[Path, Path], attack: Attack, version: str
) -> None:
    used(release, version)
    code, said = checked(release, signers_of(keys[0]))
    assert code == 1, said
    assert "THIẾU: bản không cũ hơn" in said
    assert "chữ ký của gói, theo" in said
    code, said = checked(release, signers_of(keys[0]), "--older")
    assert code == 0, said
    assert f"đang dùng bản {version}, chủ ý" in said
    prefix = release.parent / "opt"
    (line,) = release_check.not_older("1.2.3", prefix, older=False)
    assert line.mark is Mark.WRONG
    assert "--older" in line.todo
    (line,) = release_check.not_older("1.2.3", prefix, older=True)
    assert line.mark is Mark.NOTE


@pytest.mark.honest
@pytest.mark.parametrize(
    ("attack", "version"),
    attacks(
        (Attack(29, "newer", DOOR), "1.2.2"),
        (Attack(29, "newer-by-two-digits", DOOR), "0.10.9"),
        (Attack(29, "the-same", DOOR), "1.2.3"),
    ),
)
def test_a_newer_release_or_the_same_again_is_taken(
    release: Path, keys: tuple[Path, Path], attack: Attack, version: str
) -> None:
    used(release, version)
    code, said = checked(release, signers_of(keys[0]))
    assert code == 0, said
    prefix = release.parent / "opt"
    (line,) = release_check.not_older("1.2.3", prefix, older=False)
    assert line.mark is Mark.GOOD
    assert list(release_check.not_older("1.2.3", prefix / "no", older=False)) == []
