"""Writes the firewall from ``deploy/firewall.toml``: a file of nftables, a table to read.

``python scripts/firewall.py`` writes both; ``tests/install/test_firewall.py`` compares.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "deploy" / "firewall.toml"
RULES = ROOT / "deploy" / "nftables"
PAGE = ROOT / "docs" / "cai-dat.vi.md"
TABLE = re.compile(r"(<!-- firewall: .*? -->\n).*(<!-- end of firewall -->)", re.DOTALL)
#: Machines for which a file is written, each with its group.
MACHINES = {
    "nut_cong": "nut-cong",
    "proxy": "proxy",
    "cua_ngoai": "cua-ngoai",
    "co_so_du_lieu": "co-so-du-lieu",
}


@dataclass(frozen=True)
class Rule:
    """One way that is open."""

    source: str
    target: str
    port: int
    proto: str
    what: str


@dataclass(frozen=True)
class Firewall:
    """Groups of addresses and the ways between them."""

    names: dict[str, str]
    addresses: dict[str, dict[str, list[str]]]
    rules: tuple[Rule, ...]


def read(text: str) -> Firewall:
    """The file, with every rule's groups known.

    Raises:
        ValueError: a rule names a group that there is not.
    """
    raw: dict[str, Any] = tomllib.loads(text)
    names = {one["id"]: one["name"] for one in raw["group"]}
    addresses = {one["id"]: {"ip": one["v4"], "ip6": one["v6"]} for one in raw["group"]}
    rules = tuple(
        Rule(one["from"], one["to"], one["port"], one.get("proto", "tcp"), one["what"])
        for one in raw["rule"]
    )
    for rule in rules:
        for group in (rule.source, rule.target):
            if group not in names:
                message = f"{SOURCE.name}: không có nhóm {group}"
                raise ValueError(message)
    return Firewall(names, addresses, rules)


def nftables(wall: Firewall, machine: str) -> str:
    """The rules of one kind of machine, both ways, for IPv4 and IPv6."""
    sets = "".join(_sets(wall, sorted(_others(wall, machine))))
    comes = "".join(
        _line("saddr", rule.source, rule)
        for rule in wall.rules
        if rule.target == machine
    )
    goes = "".join(
        _line("daddr", rule.target, rule)
        for rule in wall.rules
        if rule.source == machine
    )
    return f"""#!/usr/sbin/nft -f
# Sinh từ deploy/firewall.toml; sửa ở đó. Thử trước: nft -c -f TỆP.
# Máy này là: {wall.names[machine]}.
table inet lienthong
delete table inet lienthong
table inet lienthong {{
{sets}    chain vao {{
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        ct state invalid drop
        iif "lo" accept
        meta l4proto icmp accept
        # Không có các loại này thì IPv6 không tìm được máy bên cạnh, không biết cỡ gói.
        icmpv6 type {{
            echo-request, packet-too-big, time-exceeded, parameter-problem,
            destination-unreachable, nd-router-advert, nd-neighbor-solicit,
            nd-neighbor-advert
        }} accept
{comes}        limit rate 10/minute log prefix "lienthong-chan-vao: "
    }}
    chain ra {{
        type filter hook output priority filter; policy drop;
        ct state established,related accept
        oif "lo" accept
        meta l4proto icmp accept
        meta l4proto ipv6-icmp accept
{goes}        limit rate 10/minute log prefix "lienthong-chan-ra: "
    }}
}}
"""


def _others(wall: Firewall, machine: str) -> set[str]:
    return {rule.source for rule in wall.rules if rule.target == machine} | {
        rule.target for rule in wall.rules if rule.source == machine
    }


def _sets(wall: Firewall, groups: Iterable[str]) -> Iterator[str]:
    for group in groups:
        for family, kind in (("ip", "ipv4_addr"), ("ip6", "ipv6_addr")):
            found = wall.addresses[group][family]
            elements = f"elements = {{ {', '.join(found)} }}; " if found else ""
            yield (
                (f"    # {wall.names[group]}\n" if family == "ip" else "")
                + f"    set {group}_{family} {{ type {kind}; flags interval; {elements}}}\n"
            )


def _line(side: str, group: str, rule: Rule) -> str:
    return "".join(
        f"        {family} {side} @{group}_{family} {rule.proto} dport {rule.port}"
        f" accept # {rule.what}\n"
        for family in ("ip", "ip6")
    )


def table(wall: Firewall) -> str:
    """The same for people."""
    rows = "".join(
        f"| {wall.names[rule.source]} | {wall.names[rule.target]} |"
        f" {rule.port}/{rule.proto} | {rule.what} |\n"
        for rule in wall.rules
    )
    return f"\n| từ | đến | cổng | để làm gì |\n| --- | --- | --- | --- |\n{rows}\n"


def made() -> dict[Path, str]:
    """Every file that follows from the source, with its content."""
    wall = read(SOURCE.read_text("utf-8"))
    files = {
        RULES / f"{name}.nft": nftables(wall, machine)
        for machine, name in MACHINES.items()
    }
    page = PAGE.read_text("utf-8")
    files[PAGE] = TABLE.sub(lambda found: f"{found[1]}{table(wall)}{found[2]}", page)
    return files


def main() -> None:
    """Write them."""
    for path, content in made().items():
        path.write_text(content, "utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
