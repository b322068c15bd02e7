"""The example agencies do over the open interface what its document asks for."""

from __future__ import annotations

import base64
import json
import re
import sys
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from tests.open_agencies import SOURCES, command, decide, ran
from tests.unit.adapters.open.desk import KEY, Desk, handed_over, served
from tests.unit.adapters.open.published import sample

if TYPE_CHECKING:
    from pathlib import Path

    from tests.open_agencies import Ran

PDF = b"%PDF-1.4 ket qua"
LANGUAGES = [
    "python",
    pytest.param("java", marks=pytest.mark.system),
    pytest.param("csharp", marks=pytest.mark.system),
]
FIRST, SECOND = "H00.01-260310-0001", "H00.01-260310-0002"
DONE = [(n, k) for n in (FIRST, SECOND) for k in ("accepted", "finished")]
#: Lines that say nothing: blank, a comment, a brace alone; and names brought in.
SAYS_NOTHING = re.compile(r"\s*(([#*]|//|/\*).*|[{}\s]*)|(import|from|using) .*")

#: Says something, and the first time falls as Mono does.
FALLS = """
import os, pathlib, sys
seen = pathlib.Path(sys.argv[1])
print("first" if not seen.exists() else "again", flush=True)
if not seen.exists():
    seen.mkdir()
    print("* Assertion at x.c:1, condition not met\\n\\n" + "=" * 65)
    print("\\tNative Crash Reporting", flush=True)
    os.kill(os.getpid(), 11)
"""


@pytest.fixture(scope="module", params=LANGUAGES)
def words(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    return command(request.param, tmp_path_factory.mktemp(request.param))


async def look(desk: Desk, words: list[str], folder: Path, key: str = KEY) -> Ran:
    return await ran(words, desk.base, key, folder / "kho")


def two_dossiers() -> Desk:
    desk = Desk(page=1)
    for identifier, number in (("t-1", FIRST), ("t-2", SECOND)):
        transfer, files = handed_over(identifier, number)
        desk.hand_out(transfer, **files)
    return desk


async def test_an_example_takes_every_page_and_finishes_each_dossier_once(
    words: list[str], tmp_path: Path
) -> None:
    async with served(two_dossiers()) as desk:
        looks = [await look(desk, words, tmp_path)]
        assert sorted(desk.acknowledged) == ["t-1", "t-2"]
        assert sorted(desk.told) == [(n, k) for n, k in DONE if k == "accepted"]
        assert decide(tmp_path / "kho", PDF) == 2
        looks.append(await look(desk, words, tmp_path))
        made = list(desk.made)
        looks.append(await look(desk, words, tmp_path))
    assert desk.made == made
    assert sorted(desk.told) == DONE
    assert [one.code for one in looks] == [0, 0, 0]
    assert [one.output == "" for one in looks] == [False, False, True]
    finished = [report for report in desk.reports if report["kind"] == "finished"]
    sent = [base64.b64decode(report["files"][0]["content"]) for report in finished]
    assert sent == [PDF, PDF]


async def test_an_example_stores_before_it_says_anything(
    words: list[str], tmp_path: Path
) -> None:
    stored: list[tuple[bytes, dict[str, object]]] = []

    def seen(operation: str, _body: object) -> None:
        if operation in {"report", "acknowledge"}:
            folder = tmp_path / "kho" / "t-1"
            kept = json.loads((folder / "transfer.json").read_text("utf-8"))
            stored.append(((folder / "f-t-1").read_bytes(), kept))

    transfer, files = handed_over("t-1", FIRST)
    desk = Desk(broken=seen)
    desk.hand_out(transfer, **files)
    async with served(desk):
        assert (await look(desk, words, tmp_path)).code == 0
    assert stored == [(files["f-t-1"], transfer)] * 2


@pytest.mark.parametrize("operation", ["file", "acknowledge", "report"])
async def test_an_example_whose_answer_was_lost_repeats_and_counts_once(
    operation: str, words: list[str], tmp_path: Path
) -> None:
    async with served(two_dossiers()) as desk:
        for _ in range(2):
            desk.lost = {operation}
            await look(desk, words, tmp_path)
            desk.lost = set()
            await look(desk, words, tmp_path)
            decide(tmp_path / "kho", PDF)
        last = await look(desk, words, tmp_path)
    assert (last.code, last.output) == (0, "")
    assert sorted(desk.told) == DONE
    assert [call.code for call in desk.calls if call.code] == []


async def test_an_example_goes_on_after_the_gateway_was_away(
    words: list[str], tmp_path: Path
) -> None:
    desk = two_dossiers()
    async with served(desk):
        assert (await look(desk, words, tmp_path)).code == 0
    decide(tmp_path / "kho", PDF)
    assert (await look(desk, words, tmp_path)).code != 0
    async with served(desk):
        assert (await look(desk, words, tmp_path)).code == 0
    assert sorted(desk.told) == DONE


async def test_a_transfer_that_fails_holds_no_other(
    words: list[str], tmp_path: Path
) -> None:
    desk = two_dossiers()
    desk.files["f-t-1"] = b"other bytes"
    async with served(desk):
        looked = await look(desk, words, tmp_path)
        assert decide(tmp_path / "kho", PDF) == 1
        await look(desk, words, tmp_path)
    assert looked.code == 1
    assert "f-t-1" in looked.output
    assert desk.acknowledged == ["t-2"]
    assert desk.told == [(SECOND, "accepted"), (SECOND, "finished")]


async def test_a_page_of_html_is_no_success_of_a_report(
    words: list[str], tmp_path: Path
) -> None:
    page = "<!doctype html><title>Đăng nhập</title>"

    def proxy(operation: str, _body: object) -> web.Response | None:
        wrong = operation == "report" and not desk.told
        return web.Response(text=page, content_type="text/html") if wrong else None

    transfer, files = handed_over("t-1", FIRST)
    desk = Desk(broken=proxy)
    desk.hand_out(transfer, **files)
    async with served(desk):
        assert (await look(desk, words, tmp_path)).code == 1
        assert desk.told == []
        desk.broken = lambda *_: None
        assert (await look(desk, words, tmp_path)).code == 0
    assert [kind for _, kind in desk.told] == ["accepted"]


async def test_an_example_answers_a_withdrawal_and_keeps_what_it_does_not_know(
    words: list[str], tmp_path: Path
) -> None:
    desk = Desk()
    handed, files = handed_over("t-1", FIRST)
    desk.hand_out(handed, **files)
    desk.hand_out({**sample("transfer.withdraw"), "id": "t-2", "dossier": FIRST})
    desk.hand_out({**sample("transfer.result_handed"), "id": "t-3", "dossier": FIRST})
    async with served(desk):
        outputs = [(await look(desk, words, tmp_path)).output for _ in range(3)]
    assert desk.acknowledged == ["t-1", "t-2", "t-3"]
    assert [kind for _, kind in desk.told] == ["accepted", "withdrawn"]
    assert "result_handed" in outputs[2]
    assert (tmp_path / "kho" / "t-3" / "transfer.json").exists()


async def test_a_wrong_key_is_told_and_nothing_is_kept(
    words: list[str], tmp_path: Path
) -> None:
    async with served(two_dossiers()) as desk:
        looked = await look(desk, words, tmp_path, key="sai")
    assert looked.code != 0
    assert "not_signed_in" in looked.output
    assert list((tmp_path / "kho").glob("*")) == []


@pytest.mark.parametrize("language", sorted(SOURCES))
def test_an_example_is_read_in_five_minutes(language: str) -> None:
    """Sixty lines that say something, of a width that fits beside a document."""
    lines = SOURCES[language].read_text("utf-8").splitlines()
    assert max(map(len, lines)) <= 100
    assert 30 < len([one for one in lines if not SAYS_NOTHING.fullmatch(one)]) <= 60


async def test_what_was_said_before_the_runtime_fell_is_output_of_the_look(
    tmp_path: Path,
) -> None:
    """The second of the two may have nothing left to say."""
    looked = await ran([sys.executable, "-c", FALLS], "", "", tmp_path / "kho")
    assert looked == (0, "first\nagain\n")
