"""Keys, secrets and deleted dossiers, as a thief or an inspector would try them.

What each does is told by the journey that it runs; here it is counted with the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.attack.frame import Attack, attacks
from tests.journeys import (
    test_evidence,
    test_key_changes,
    test_restored,
    test_retention,
    test_secret_changes,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Run = Callable[[Path], Awaitable[None]]

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
TRIED: dict[Attack, Run] = {
    Attack(14, "secret-that-was-replaced", "callback"): (
        test_secret_changes.test_a_secret_is_replaced_and_revoked_without_a_restart
    ),
    Attack(14, "key-that-was-replaced", "store"): (
        test_key_changes.test_master_and_unit_key_are_replaced_while_dossiers_stay_in_use
    ),
    Attack(14, "key-that-a-node-lacks", "store"): (
        test_key_changes.test_nothing_is_wrapped_by_a_key_that_a_living_node_lacks
    ),
    Attack(21, "deleted-dossier", "pages and calls"): (
        test_retention.test_every_page_and_call_of_a_deleted_dossier_answers
    ),
    Attack(21, "rule-that-deletes-at-once", "PUT /v1/retention"): (
        test_retention.test_a_rule_that_deletes_sooner_waits_for_three_days
    ),
    Attack(22, "deleted-dossier", "bytes of the store"): (
        test_retention.test_a_whole_dossier_is_gone_from_the_file_and_its_journal_holds
    ),
    Attack(22, "backup-with-what-was-deleted", "lienthong restore"): (
        test_retention.test_what_a_restore_brings_back_is_deleted_once_somebody_has_looked
    ),
    Attack(33, "cursor-from-before", "a store from before"): (
        test_restored.test_a_cursor_from_before_the_restore_misses_nothing_and_is_not_reused
    ),
    Attack(30, "secrets-of-mock-mode", "start of production"): (
        test_secret_changes.test_production_refuses_what_mock_mode_made
    ),
}


@pytest.mark.parametrize(
    ("attack", "run"), attacks(*((attack, run) for attack, run in TRIED.items()))
)
async def test_it_comes_to_nothing(attack: Attack, run: Run, tmp_path: Path) -> None:
    assert attack in TRIED
    await run(tmp_path)


AGAIN = attacks(
    (Attack(33, "due-again", "a store from before"),),
    (Attack(33, "twin-made-anew", "a store from before"),),
)


async def _put_in_place(
    attack: Attack, folder: Path, patch: pytest.MonkeyPatch, *, asks: bool
) -> None:
    """An older backup in the store's place; whether the store knows that it was."""
    of = test_restored
    if attack.technique == "due-again":
        run = of.test_what_was_due_at_the_point_is_asked_about_and_would_be_sent_twice_if_not
        await run(folder, patch, asked=asks)
    else:
        twin = of.test_a_twin_made_after_the_restore_is_asked_about_before_it_is_sent
        await twin(folder, patch, doubted=asks)


@pytest.mark.parametrize("attack", AGAIN)
async def test_an_older_store_in_its_place_asks_before_it_sends(
    attack: Attack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _put_in_place(attack, tmp_path, monkeypatch, asks=True)


@pytest.mark.control
@pytest.mark.parametrize("attack", AGAIN)
async def test_a_store_that_knows_nothing_of_it_sends_again(
    attack: Attack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _put_in_place(attack, tmp_path, monkeypatch, asks=False)


@pytest.mark.parametrize("attack", attacks((Attack(25, "line-taken-out", "journal"),)))
async def test_a_line_that_was_taken_out_is_missed(
    attack: Attack, tmp_path: Path
) -> None:
    assert attack.row == 25
    await test_evidence.test_the_verifier_finds_a_line_that_was_taken_out(tmp_path)
