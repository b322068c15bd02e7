"""Checks of agency folders on a system of the agency's own, and what is kept of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.adapters._template.adapter import ExampleAdapter
from gateway.registry.grades import Checked, Grade, Tried
from gateway.wiring import trying

KEY = "khoa-he-thong-thu"
CONFIG = f"""
[_template]
key = "{KEY}"
callback_base = "http://127.0.0.1:9/callbacks/khong-ai"
callback_secret = "khong-dung"
own = ["TU-MO-0001"]
"""


@pytest.fixture
def system(tmp_path: Path) -> Iterator[str]:
    """A system that knows nothing of the kit: another process, by real time."""
    config = tmp_path / "mock.toml"
    config.write_text(CONFIG, "utf-8")
    command = [sys.executable, "-m", "gateway.mockagency", "--agency", "_template"]
    with subprocess.Popen(
        [*command, "--config", str(config), "--run-dir", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir(0o700)
    text = json.dumps({"kit-_template.key": KEY})
    (folder / "secrets.json").write_text(text, "utf-8")
    return folder


def unheard(_trial: object, _tried: Tried) -> None:
    """Nobody listens."""


def checked(address: str, keys: Path | None, results: Path) -> Checked:
    manifest, system = trying.system("_template", address, "Người Thử")
    system = replace(system, keys=keys)
    return trying.check(manifest, system=system, results=results, tell=unheard)


def effects(folder: Path) -> list[str]:
    book = folder / "books" / "_template.effects.jsonl"
    return [json.loads(line)["number"] for line in book.read_text("utf-8").splitlines()]


def test_an_agency_is_proven_on_a_system_of_its_own_as_often_as_wanted(
    system: str, keys: Path, tmp_path: Path
) -> None:
    results = tmp_path / "checks"
    (manifest,) = trying.interfaces("_template")
    by_mock = trying.check(manifest, results=results, tell=unheard)
    assert by_mock.tried
    assert trying.graded(manifest, results)[0] is Grade.SURVIVES

    for _ in range(2):
        done = checked(system, keys, results)
        assert [(t.case, t.why) for t in done.tried if t.why] == []
        assert {"a_message_is_taken_and_has_one_effect"} <= {t.case for t in done.tried}

    found, missing, checks = trying.graded(manifest, results)
    assert (found, missing) == (Grade.PROVEN, ())
    assert (checks["system"].against, checks["system"].by) == (system, "Người Thử")


def test_what_stays_at_the_agency_is_told_by_its_numbers(
    system: str, keys: Path, tmp_path: Path
) -> None:
    done = checked(system, keys, tmp_path / "checks")
    arrived = effects(tmp_path)
    assert arrived
    assert set(arrived) <= set(done.left)
    assert len(set(done.left)) == len(done.left)


def test_a_key_that_is_missing_is_named_before_anything_is_sent(
    system: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"kit-_template\.key.*secrets\.json"):
        checked(system, None, tmp_path / "checks")
    assert effects(tmp_path) == []
    assert not (tmp_path / "checks").exists()


@pytest.mark.parametrize(
    ("name", "address", "said"),
    [
        ("_template", "thu.vi-du.example", "https://"),
        ("manual", "https://thu.vi-du.example", "không gọi đi"),
        ("tax/file", "https://thu.vi-du.example", "không gọi đi"),
        ("nobody", "https://thu.vi-du.example", "Không có thư mục"),
    ],
)
def test_what_cannot_be_tried_on_a_system_is_said(
    name: str, address: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        trying.system(name, address, "")


def test_one_of_several_interfaces_is_tried_on_a_system() -> None:
    manifest, _ = trying.system("tax/portal", "https://thu.vi-du.example", "")
    assert manifest.interface == "tax/portal"
    assert trying.system("tax", "https://thu.vi-du.example", "")[0].carrier == "tct_xml"


def test_an_adapter_that_cannot_be_made_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise NameError("hoTen")

    monkeypatch.setattr(ExampleAdapter, "__init__", broken)
    (manifest,) = trying.interfaces("_template")
    told: list[Tried] = []
    with pytest.raises(ValueError, match=r"Chưa dựng được .*hoTen.*making\.py:\d+"):
        trying.check(manifest, results=tmp_path, tell=lambda _, one: told.append(one))
    assert told == []
    assert trying.graded(manifest, tmp_path)[0] is Grade.UNCHECKED


def test_a_part_of_the_cases_is_no_check(tmp_path: Path) -> None:
    (manifest,) = trying.interfaces("_template")
    named = "a_message_is_taken_and_has_one_effect"
    done = trying.check(manifest, named=named, results=tmp_path, tell=unheard)
    assert {t.case for t in done.tried} == {named}
    assert trying.graded(manifest, tmp_path)[0] is Grade.UNCHECKED
    with pytest.raises(ValueError, match="Không có phép thử"):
        trying.check(manifest, named="nothing", results=tmp_path, tell=unheard)
