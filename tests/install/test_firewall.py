"""The firewall that ships: one source for the table people read and what nft loads."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from gateway.settings import Settings, load
from scripts import firewall

ROOT = firewall.ROOT
GIVEN = (ROOT / "config" / "gateway.toml").read_text("utf-8")
NGINX = (ROOT / "deploy/nginx/lienthong.conf").read_text("utf-8")
FILES = sorted((ROOT / "deploy/nftables").glob("*.nft"))


def test_page_and_rules_are_what_the_source_says() -> None:
    for path, content in firewall.made().items():
        assert path.read_text("utf-8") == content, (
            f"{path.name}: .venv/bin/python scripts/firewall.py"
        )
    assert "| các nút cổng | máy PostgreSQL | 5432/tcp |" in firewall.PAGE.read_text(
        "utf-8"
    )


def test_the_ports_of_the_three_machines_are_those_of_their_samples() -> None:
    wall = firewall.read(firewall.SOURCE.read_text("utf-8"))
    samples = "".join(
        path.read_text("utf-8") for path in (ROOT / "deploy/postgresql").iterdir()
    )
    named = re.findall(r"\b(203\.0\.113\.2[123]):(\d+)", samples)
    asked = re.findall(r"check port (\d+)", samples)
    among = {r.port for r in wall.rules if {r.source, r.target} == {"co_so_du_lieu"}}
    assert among == {5432, 8008, 2379, 2380} == {int(port) for _, port in named}
    assert {host for host, _ in named} < set(wall.addresses["co_so_du_lieu"]["ip"])
    from_nodes = {
        r.port
        for r in wall.rules
        if (r.source, r.target) == ("nut_cong", "co_so_du_lieu")
    }
    assert from_nodes == {5432, *map(int, asked)}
    page = (ROOT / "docs" / "postgresql.vi.md").read_text("utf-8")
    targets = next(re.finditer(r"(?s)scrape_configs:.*?```", page))[0]
    scraped = {int(port) for port in re.findall(r":(\d{4})\"", targets)}
    watched = {
        r.port
        for r in wall.rules
        if (r.source, r.target) == ("giam_sat", "co_so_du_lieu")
    }
    assert watched == scraped == {8008, 2379}


@pytest.mark.system
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_nft_takes_the_rules_twice_over(path: Path) -> None:
    # Loading needs a network of one's own; a namespace has one.
    nft = 'PATH="$PATH:/usr/sbin:/sbin"; nft -c -f "$1" && nft -f "$1" && nft -f "$1" && nft list ruleset'
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", "sh", "-ec", nft, "-", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (
        f"nft, or a network namespace of one's own: {done.stderr}"
    )
    assert done.stdout.count("policy drop") == 2
    rules = re.findall(r"ip6? [sd]addr @\w+ (?:tcp|udp) dport \d+ accept", done.stdout)
    written = re.findall(r"(?m)^ +ip6? [sd]addr .* accept", path.read_text("utf-8"))
    assert len(rules) == len(written) > 10


def test_the_ports_are_those_of_the_settings_and_of_the_proxy() -> None:
    wall = firewall.read(firewall.SOURCE.read_text("utf-8"))
    given: Settings = load(ROOT / "config" / "gateway.toml")
    inside = {
        r.port for r in wall.rules if r.source == "proxy" and r.target == "nut_cong"
    }
    further = set(map(int, re.findall(r"(?m)^# port = (840\d)$", GIVEN)))
    assert inside == {given.front.port, given.agencies.port, 8404}
    assert further == {8402, 8403, 8404}
    outer = tomllib.loads((ROOT / "deploy/relay.toml").read_text("utf-8"))
    ways = {(r.source, r.port) for r in wall.rules if r.target == "cua_ngoai"}
    door = ("co_quan", outer["door"][0]["port"])
    assert ways == {("can_bo", 22), door, ("giam_sat", 8402)}
    # The relay reaches the core at one port; from outside nobody else reaches a node.
    onward = {(r.target, r.port) for r in wall.rules if r.source == "cua_ngoai"}
    assert {port for target, port in onward if target == "nut_cong"} == {8403}
    assert outer["core"]["url"].endswith(":8403")
    assert not [
        r for r in wall.rules if (r.source, r.target) == ("co_quan", "nut_cong")
    ]
    listens = set(map(int, re.findall(r"listen (?:\[::\]:)?(\d+) ssl", NGINX)))
    doors = {
        (r.source, r.port) for r in wall.rules if r.target == "proxy" and r.port != 22
    }
    assert {port for _, port in doors} == listens
    # The pages and the agencies' door have nobody in common.
    by_port: dict[int, set[str]] = {}
    for source, port in doors:
        by_port.setdefault(port, set()).add(source)
    assert by_port[8443] == {"co_quan"}
    assert "co_quan" not in by_port[443]


def test_every_group_has_both_kinds_of_addresses() -> None:
    groups = tomllib.loads(firewall.SOURCE.read_text("utf-8"))["group"]
    assert [one["id"] for one in groups if not (one["v4"] and one["v6"])] == []


def test_a_rule_between_unknown_groups_is_named() -> None:
    text = firewall.SOURCE.read_text("utf-8").replace('to = "soc"', 'to = "sco"', 1)
    with pytest.raises(ValueError, match="không có nhóm sco"):
        firewall.read(text)
