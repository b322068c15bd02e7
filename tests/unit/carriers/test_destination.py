"""A carrier goes below one registered address and nowhere else."""

from __future__ import annotations

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from gateway.carriers.destination import (
    AddressRefused,
    CheckedResolver,
    Destination,
)

BASE = "https://lien-thong.vi-du.invalid/api/v1"


@pytest.fixture
def destination() -> Destination:
    return Destination(BASE)


@pytest.mark.parametrize(
    "base",
    [
        "http://127.0.0.1:8080", "https://a.invalid/", "http://[::1]:81/x",
        "https://10.0.0.1/x", "https://192.168.1.2:8443/x/y/",
    ],
)  # fmt: skip
def test_a_plain_address_of_a_host_is_taken(base: str) -> None:
    assert str(Destination(base).url("/in")) == base.rstrip("/") + "/in"


@pytest.mark.parametrize(
    "base",
    [
        "", "a.invalid", "//a.invalid", "ftp://a.invalid", "file:///etc/passwd",
        "javascript:alert(1)", "https://", "https:///x", "https://u:p@a.invalid",
        "https://u@a.invalid", "https://a.invalid/?q=1", "https://a.invalid/#f",
        "https://a.invalid/../x", "https://a.invalid/a//b", "https://a.invalid/%2e%2e",
        "https://a.invalid/a b", "https://a.invalid\\@b.invalid", "https://a.invalid:x",
        "https://a.invalid:99999", "https://a.invalid/\nx", "https://[::1",
        "http://169.254.169.254/latest", "http://0.0.0.0/", "http://[::]/",
        "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://224.0.0.1/",
        "http://[ff02::1]/", "http://[::ffff:169.254.169.254]/", "http://[::ffff:0.0.0.0]/",
    ],
)  # fmt: skip
def test_anything_else_is_no_address_of_an_agency(base: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        Destination(base)
    assert not base or base not in str(refused.value)


@pytest.mark.parametrize(
    ("path", "full"),
    [
        ("", BASE),
        ("in", f"{BASE}/in"),
        ("/in", f"{BASE}/in"),
        ("/a/b;c=1/d@e", f"{BASE}/a/b;c=1/d@e"),
        ("/s%E1%BB%91", f"{BASE}/s%E1%BB%91"),
        ("/in?a=1&b=%2e%2e/", f"{BASE}/in?a=1&b=%2e%2e/"),
        ("/...", f"{BASE}/..."),
    ],
)
def test_a_path_below_the_base_is_kept_as_it_is(
    destination: Destination, path: str, full: str
) -> None:
    assert str(destination.url(path)) == full


OUT = [
    "/..", "/../x", "/a/../../x", "/./x", "/a/.", "//b.invalid/x", "/a//b",
    "/%2e%2e/x", "/%2E%2e/x", "/.%2e/x", "/a%2fb", "/a%5cb", "/a%00", "/a%", "/a%4",
    "/a%zz", "/a b", "/a\tb", "/a\nb", "/a\\b", "\\\\b.invalid", "/số", "/a#b", "/a|b",
    "/a<b", "/in?a=\n", "/in?số=1", "/in?a#b",
]  # fmt: skip


@pytest.mark.parametrize("path", OUT)
def test_a_path_that_could_lead_out_is_refused(
    destination: Destination, path: str
) -> None:
    with pytest.raises(AddressRefused):
        destination.url(path)


def test_a_query_is_given_once(destination: Destination) -> None:
    assert str(destination.url("/in", {"a": "1&b=2/.."})) == (
        f"{BASE}/in?a=1%26b%3D2%2F.."
    )
    with pytest.raises(AddressRefused, match="once"):
        destination.url("/in?a=1", {"b": "2"})
    with pytest.raises(AddressRefused, match="once"):
        destination.url("/in?", {"b": "2"})


@pytest.mark.parametrize(
    ("link", "path"),
    [
        (f"{BASE}/f/1", "/f/1"),
        (f"{BASE}/f/1?token=a%2Fb", "/f/1?token=a%2Fb"),
        ("https://LIEN-THONG.vi-du.invalid/api/v1/f", "/f"),
        ("https://lien-thong.vi-du.invalid:443/api/v1/f", "/f"),
        ("/f/1", "/f/1"),
        ("f/1?a=b", "f/1?a=b"),
    ],
)
def test_a_link_below_the_registered_address_is_taken(
    destination: Destination, link: str, path: str
) -> None:
    assert destination.path_of(link) == path
    assert str(destination.url(path)).startswith(f"{BASE}/")


@pytest.mark.parametrize(
    "link",
    [
        "https://other.invalid/api/v1/f",
        "http://lien-thong.vi-du.invalid/api/v1/f",
        "https://lien-thong.vi-du.invalid:444/api/v1/f",
        "https://lien-thong.vi-du.invalid.other.invalid/api/v1/f",
        "https://lien-thong.vi-du.invalid@other.invalid/api/v1/f",
        "https://u:p@lien-thong.vi-du.invalid/api/v1/f",
        "https://lien-thong.vi-du.invalid\\@other.invalid/api/v1/f",
        "//other.invalid/api/v1/f",
        "//lien-thong.vi-du.invalid/api/v1/f",
        "https://lien-thong.vi-du.invalid/api/v1",
        "https://lien-thong.vi-du.invalid/api/v10/f",
        "https://lien-thong.vi-du.invalid/f",
        "https://lien-thong.vi-du.invalid/api/v1/../v2/f",
        "https://lien-thong.vi-du.invalid/api/v1/%2e%2e/f",
        "https://lien-thong.vi-du.invalid/api/v1//f",
        f"{BASE}/f#part",
        "http://127.0.0.1/api/v1/f",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "data:text/plain,x",
        "javascript:alert(1)",
        f" {BASE}/f",
        f"{BASE}/f\r\nX: y",
        *OUT,
    ],
)
def test_a_link_that_leads_anywhere_else_is_refused_and_not_quoted(
    destination: Destination, link: str
) -> None:
    with pytest.raises(AddressRefused) as refused:
        destination.path_of(link)
    assert link not in str(refused.value)


class Names(AbstractResolver):
    """A resolver that says what it is told."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses
        self.closed = False

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=family, proto=0, flags=0
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        self.closed = True


NEVER = [
    "127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "::", "169.254.169.254", "169.254.1.1",
    "fe80::1", "fe80::1%eth0", "224.0.0.1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "no address",
]  # fmt: skip


@pytest.mark.parametrize("address", NEVER)
async def test_a_registered_name_that_leads_here_or_to_metadata_is_not_resolved(
    address: str,
) -> None:
    with pytest.raises(OSError, match="no permitted address"):
        await CheckedResolver(Names(address)).resolve("dat-dai.vi-du.invalid", 443)


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "192.168.0.7", "203.0.113.9", "2001:db8::7", "fd00::7"]
)
async def test_networks_where_agencies_are_stay_reachable(address: str) -> None:
    found = await CheckedResolver(Names(address)).resolve("thue.vi-du.invalid", 443)
    assert [(entry["host"], entry["port"]) for entry in found] == [(address, 443)]


async def test_of_several_addresses_the_refused_ones_are_left_out() -> None:
    names = Names("127.0.0.1", "10.1.2.3", "169.254.169.254")
    found = await CheckedResolver(names).resolve("thue.vi-du.invalid")
    assert [entry["host"] for entry in found] == ["10.1.2.3"]


async def test_localhost_means_what_it_says_and_nothing_more() -> None:
    found = await CheckedResolver(Names("127.0.0.1", "::1")).resolve("LocalHost")
    assert [entry["host"] for entry in found] == ["127.0.0.1", "::1"]
    with pytest.raises(OSError, match="no permitted address"):
        await CheckedResolver(Names("169.254.169.254")).resolve("localhost")
    with pytest.raises(OSError, match="no permitted address"):
        await CheckedResolver(Names("127.0.0.1")).resolve("localhost.vi-du.invalid")


async def test_closing_closes_what_is_underneath() -> None:
    names = Names()
    await CheckedResolver(names).close()
    assert names.closed
