"""Evidence that somebody changed, with and without the key: each change is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.disk import archives
from gateway.validation.evidence_package import Trust
from tests.attack.frame import Attack, attacks
from tests.evidence_making import alone, ours
from tests.unit.evidence import test_packages
from tests.unit.evidence.test_packages import CHANGES, printed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.evidence_making import Made

some, whole = test_packages.some, test_packages.whole
OURS, ALONE = "lienthong verify", "verify.py"
BY_NAME = {change.__name__.replace("_", "-"): change for change in CHANGES}
CASES = attacks(
    *((Attack(23, name, door),) for door in (OURS, ALONE) for name in BY_NAME)
)


def wrong(door: str, content: bytes, one: Made, folder: Path) -> bool:
    """Whether a verifier finds something."""
    if door == ALONE:
        return alone(content, folder, "--fingerprint", printed(one))[0] == 1
    return ours(content, Trust(fingerprints=(printed(one),))) != ""


@pytest.mark.parametrize("attack", CASES)
def test_changed_evidence_is_found(attack: Attack, whole: Made, tmp_path: Path) -> None:
    changed = BY_NAME[attack.technique](whole.files)
    assert wrong(attack.door, archives.stored(changed), whole, tmp_path)
    # An insider signs and lists it anew with the true key.
    assert wrong(attack.door, whole.sealed_again(changed), whole, tmp_path)


@pytest.mark.honest
@pytest.mark.parametrize(
    "attack", attacks(*((Attack(23, "untouched", door),) for door in (OURS, ALONE)))
)
def test_untouched_evidence_is_whole(
    attack: Attack, whole: Made, tmp_path: Path
) -> None:
    assert not wrong(attack.door, whole.content, whole, tmp_path)
    assert not wrong(attack.door, whole.sealed_again(whole.files), whole, tmp_path)
