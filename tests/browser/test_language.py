"""The pages in English: chosen on any page, remembered, and without a word of ours left."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import aiohttp
import pytest

from gateway.console.language import COOKIE, REMEMBERED_S
from scripts import catalogue
from tests.browser.standing import DOUBTFUL, sign_in

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.world import World

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(180),
    pytest.mark.asyncio(loop_scope="module"),
]
_SAID = ("title", "aria-label", "placeholder", "data-th", "alt")
_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "rect"})
_PART = re.compile(r"%\(\w+\)s")
_VIETNAMESE = re.compile(
    r"[\u00e0-\u00ff\u0103\u0111\u01a1\u01b0\u1ea0-\u1ef9]", re.IGNORECASE
)
#: Papers are for officials and stay Vietnamese; files are no pages.
_PAPER = re.compile(r"/(giay-to|in|cong-van|ban-giao|ket-qua|tep)(/|\.|$)|\.xlsx$")
_HANDOVER_FORM = "/console/ban-giao"


class _Texts(HTMLParser):
    """What a page says outside of elements that are marked as Vietnamese."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._languages = ["en"]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        language = given.get("lang") or self._languages[-1]
        if language == "en":
            self.said += [text for name in _SAID if (text := given.get(name))]
        if tag not in _VOID:
            self._languages.append(language)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._languages.pop()

    def handle_data(self, data: str) -> None:
        if self._languages[-1] == "en" and (text := " ".join(data.split())):
            self.said.append(text)


def _ours() -> list[re.Pattern[str]]:
    """Each Vietnamese text of the catalogue, in the pieces that markup leaves."""
    found = []
    for one in catalogue.known():
        text = one.id if isinstance(one.id, str) else one.id[0]
        for piece in re.split(r"<[^>]*>", text.replace("%%", "%")):
            if _VIETNAMESE.search(_PART.sub("", piece)):
                words = re.escape(piece.strip()).replace("%\\(count\\)s", r"\d+")
                found.append(re.compile(re.sub(r"%\\\(\w+\\\)s", ".+", words)))
    assert len(found) > 500
    return found


def _left_over(html: str, ours: list[re.Pattern[str]]) -> list[str]:
    texts = _Texts()
    texts.feed(html)
    assert len(texts.said) > 10
    said = [text for text in texts.said if _VIETNAMESE.search(text)]
    return [text for text in said if any(one.fullmatch(text) for one in ours)]


def _english(text: str) -> str:
    found = catalogue.known().get(text)
    assert found is not None
    assert isinstance(found.string, str)
    return found.string


async def _choose(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).click()
    await page.wait_for_load_state()


async def _links(page: Page) -> set[str]:
    """Addresses of our own pages on a page."""
    found = [
        urljoin(page.url, await link.get_attribute("href") or "")
        for link in await page.locator("a[href]").all()
    ]
    here = urlsplit(page.url).netloc
    return {
        f"{to.path}?{to.query}" if to.query else to.path
        for to in map(urlsplit, found)
        if to.netloc == here
        and (to.path == _HANDOVER_FORM or not _PAPER.search(to.path))
    }


async def test_english_is_chosen_on_a_page_and_the_page_stays(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    address = world.stage.url("front") + "/console/cho-xu-ly?loc=unconfirmed"
    await window.goto(address)
    await _choose(window, "English")
    await window.wait_for_url(lambda url: url == address)
    assert await window.locator("html").get_attribute("lang") == "en"
    head = await window.get_by_role("heading", level=1).inner_text()
    assert head == _english("Chờ cán bộ xử lý")
    menu = window.get_by_role("navigation", name=_english("Các trang"), exact=True)
    assert _english("Đang đứng yên") in await menu.inner_text()
    await window.goto(world.stage.url("front") + "/console")
    heads = await window.get_by_role("columnheader").all_inner_texts()
    assert _english("Việc tiếp theo") in heads
    assert not [head for head in heads if _VIETNAMESE.search(head)]


async def test_no_page_that_links_lead_to_has_a_vietnamese_text_of_ours(
    window: Page, world: World
) -> None:
    ours = _ours()
    await sign_in(window, world)
    await _choose(window, "English")
    await window.get_by_role("searchbox", name="Find a dossier").fill(DOUBTFUL)
    await window.get_by_role("button", name="Find", exact=True).click()
    await window.wait_for_load_state()
    first = urlsplit(window.url).path
    assert first.startswith("/console/ho-so/")
    waiting, seen = [first, "/console/ho-so/no", "/console/tim"], {""}
    found: dict[str, list[str]] = {}
    kinds: dict[str, int] = {}
    while waiting:
        path = waiting.pop(0)
        kind = re.sub(r"[0-9a-z]{8,}|\d{4}-\d\d|\?.*", "*", path)
        kinds[kind] = kinds.get(kind, 0) + 1
        # Of lists and dossiers alike, three show all that there is.
        if path in seen or kinds[kind] > 3:
            continue
        seen.add(path)
        await window.goto(world.stage.url("front") + path)
        assert await window.locator("html").get_attribute("lang") == "en", path
        if left := _left_over(await window.content(), ours):
            found[path] = left
        waiting += sorted(await _links(window) - seen)
    assert found == {}
    assert {"/console/giao-ban", "/console/don-doc", "/console/don-vi"} < seen
    assert len(seen) > 20


async def test_the_choice_is_remembered_until_vietnamese_is_chosen(
    window: Page, world: World
) -> None:
    await sign_in(window, world)
    await _choose(window, "English")
    (kept,) = [c for c in await window.context.cookies() if c["name"] == COOKIE]
    assert kept["httpOnly"]
    assert kept["expires"] > REMEMBERED_S
    await window.get_by_role("button", name="Sign out").click()
    await window.goto(world.stage.url("front") + "/console/dang-nhap")
    assert await window.locator("html").get_attribute("lang") == "en"
    await _choose(window, "Tiếng Việt")
    assert await window.locator("html").get_attribute("lang") == "vi"
    await sign_in(window, world)


@pytest.mark.parametrize(
    "referer",
    [
        "https://elsewhere.example/console/cho-xu-ly",
        "https://{host}@elsewhere.example/console",
        "http://{host}//elsewhere.example/console",
        "http://{host}/v1/dossiers",
        "javascript:alert(1)",
        "",
    ],
)
async def test_a_foreign_referer_does_not_lead_away(world: World, referer: str) -> None:
    front = world.stage.url("front")
    headers = {"Origin": front, "Referer": referer.format(host=urlsplit(front).netloc)}
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{front}/console/ngon-ngu/en", headers=headers, allow_redirects=False
        ) as answer,
    ):
        assert (answer.status, answer.headers["Location"]) == (303, "/console")


async def test_a_language_that_there_is_not_is_refused(world: World) -> None:
    front = world.stage.url("front")
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{front}/console/ngon-ngu/..%2Fen", headers={"Origin": front}
        ) as answer,
    ):
        assert (answer.status, answer.cookies.get(COOKIE)) == (404, None)
