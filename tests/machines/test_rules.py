"""Alert rules and dashboard are read by Prometheus itself and speak of what there is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.machines.scraping import LISTENS, Scrape, scrape
from tests.relays import Outside, Recorder, table, told
from tests.world import World, a_dossier, quick

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]
ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "monitoring"
RULES = (FOLDER / "alerts.yml").read_text("utf-8")
TESTS = (FOLDER / "alerts_test.yml").read_text("utf-8")
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
NUMBER = "H00.01-260310-1801"
ALERTS = re.findall(r"- alert: (\w+)\n", RULES)
#: Of Prometheus itself.
ITS_OWN = {"ALERTS", "up"}
#: A name in an expression that is neither a label nor a function.
METRIC = re.compile(r"\b(?:lienthong|process)_\w+\b|\bup\b")


def expressions() -> list[str]:
    """Every expression of the dashboard, its variables filled in."""
    found = [
        target["expr"]
        for panel in DASHBOARD["panels"]
        for target in panel.get("targets", ())
    ]
    found += [one["expr"] for one in DASHBOARD["annotations"]["list"]]
    assert len(found) > 30
    return [one.replace("$agency", ".*") for one in found]


def promtool(*words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Ask Prometheus's own checker; it takes no Vietnamese from no terminal amiss."""
    program = shutil.which("promtool")
    assert program, "sh scripts/system-packages.sh machines"
    return subprocess.run(
        [program, *words],
        input=text,
        capture_output=True,
        text=True,
        cwd=FOLDER,
        check=False,
        timeout=90,
    )


@pytest.fixture
async def seen(tmp_path: Path) -> AsyncIterator[Scrape]:
    """What a gateway tells after some work."""
    world = World(tmp_path / "run", configure=quick)
    world.more_settings = LISTENS
    async with world:
        assert (await world.submit(a_dossier(NUMBER))).status == 202
        await world.pass_hours(30)
        yield await scrape(world)


def test_prometheus_takes_the_rules() -> None:
    done = promtool("check", "rules", "alerts.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(ALERTS)} rules found" in done.stdout


def test_every_alert_fires_when_it_should_and_no_sooner() -> None:
    tested = re.findall(r"^  - name: (\w+)$", TESTS, re.MULTILINE)
    assert sorted(tested) == sorted(ALERTS)
    done = promtool("test", "rules", "alerts_test.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_of_the_database_fires_when_it_should_and_no_sooner() -> None:
    """Of the three machines under Patroni, which need not be there."""
    rules = (FOLDER / "alerts_postgresql.yml").read_text("utf-8")
    tests = (FOLDER / "alerts_postgresql_test.yml").read_text("utf-8")
    named = re.findall(r"- alert: (\w+)\n", rules)
    assert named
    assert re.findall(r"^  - name: (\w+)$", tests, re.MULTILINE) == named
    done = promtool("check", "rules", "alerts_postgresql.yml")
    assert f"{len(named)} rules found" in done.stdout, done.stdout + done.stderr
    done = promtool("test", "rules", "alerts_postgresql_test.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    told = re.findall(r'^          runbook_url: "(.+)"$', rules, re.MULTILINE)
    assert len(told) == len(named)
    for one in told:
        page, _, anchor = one.partition("#")
        heads = (ROOT / page).read_text("utf-8").splitlines()
        known = {
            re.sub(r"[^\w\- ]", "", head.lstrip("# ").lower()).replace(" ", "-")
            for head in heads
            if head.startswith("#")
        }
        assert anchor in known, one


def test_a_rule_that_is_wrong_would_be_found(tmp_path: Path) -> None:
    for name in ("alerts.yml", "alerts_test.yml"):
        text = (FOLDER / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace("turned_seconds > 120", "x > 120"))
    done = promtool("test", "rules", str(tmp_path / "alerts_test.yml"))
    assert done.returncode != 0
    assert "LienthongLoopStill" in done.stdout + done.stderr


def test_prometheus_finds_nothing_amiss_in_a_real_scrape(seen: Scrape) -> None:
    done = promtool("check", "metrics", text=seen.text)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture
async def relayed(tmp_path: Path) -> str:
    """What a relay tells, whose core is away."""
    (tmp_path / "table.json").write_bytes(table().written())
    outside = Outside({**told(tmp_path, "https://127.0.0.1:1"), "watch": {}})
    Recorder(tmp_path)
    async with (
        outside,
        aiohttp.ClientSession() as session,
        session.get(outside.relay.watched + "/metrics") as answer,
    ):
        text = await answer.text()
    assert "lienthong_relay_core_away 1" in text
    return text


def test_every_metric_that_is_asked_for_is_told(seen: Scrape, relayed: str) -> None:
    rules = re.findall(r"^        expr: (.+)$", RULES, re.MULTILINE)
    assert len(rules) == len(ALERTS)
    asked = {name for one in (*rules, *expressions()) for name in METRIC.findall(one)}
    texts = f"{seen.text}\n{relayed}"
    said = set(seen.samples) | set(re.findall(r"^# TYPE (\S+)", texts, re.MULTILINE))
    assert len(asked) > 20
    assert asked - said - ITS_OWN == set()


def test_every_expression_of_the_dashboard_parses(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(
        json.dumps(
            {
                "groups": [
                    {
                        "name": "dashboard",
                        "rules": [
                            {"record": f"panel:{number}", "expr": expression}
                            for number, expression in enumerate(expressions())
                        ],
                    }
                ]
            }
        )
    )
    done = promtool("check", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    path.write_text(path.read_text("utf-8").replace("rate(", "rate((", 1))
    assert promtool("check", "rules", str(path)).returncode != 0


@pytest.mark.parametrize("label", ["summary", "description", "runbook_url"])
def test_every_alert_tells_people_what_and_where_to_read(label: str) -> None:
    told = re.findall(rf'^          {label}: "(.+)"$', RULES, re.MULTILINE)
    assert len(told) == len(ALERTS)
    if label != "runbook_url":
        assert all(re.search(r"[à-ỹ]", one) for one in told)
        return
    for one in told:
        page, _, anchor = one.partition("#")
        heads = re.findall(r"^#+ (.+)$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
        known = {
            re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads
        }
        assert anchor in known, one


def test_every_alert_is_on_the_page_for_administrators() -> None:
    page = (ROOT / "docs" / "giam-sat.vi.md").read_text("utf-8")
    database = (FOLDER / "alerts_postgresql.yml").read_text("utf-8")
    names = [*ALERTS, *re.findall(r"- alert: (\w+)\n", database)]
    assert len(names) > len(ALERTS)
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_gauge_is_on_the_page_for_administrators(seen: Scrape) -> None:
    page = (ROOT / "docs" / "giam-sat.vi.md").read_text("utf-8")
    names = set(re.findall(r"^# TYPE (lienthong_\w+)", seen.text, re.MULTILINE))
    assert [name for name in names if f"`{name}`" not in page] == []
