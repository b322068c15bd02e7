"""Texts of strangers that are made to be code somewhere: they stay texts everywhere."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

import jinja2
import pytest
import pytest_asyncio
from rich.console import Console
from rich.text import Text

from tests.attack.frame import Attack, attacks
from tests.journeys.commands import lienthong
from tests.journeys.test_callbacks import supplement_request
from tests.people import person
from tests.world import World, a_dossier, quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.people import Browser

pytestmark = [
    pytest.mark.journey,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]
#: row and technique → what is written; MARK makes it findable.
MARK = "zq7x"
TEXTS = {
    (18, "script"): f"<script>alert('{MARK}')</script>",
    (18, "attribute"): f'" onmouseover="alert({MARK})" x="',
    (18, "image"): f"<img src=x onerror={MARK}>",
    (18, "svg"): f"<svg/onload={MARK}>",
    (18, "broken-out-of-text"): f"</textarea></title></style><b>{MARK}",
    (18, "comment"): f"<!--{MARK}--><b>",
    (18, "address"): f"javascript:alert('{MARK}')",
    (18, "entity"): f"&lt;b&gt;{MARK}&#60;i&#62;",
    (18, "formula"): f"=cmd|'/C calc'!A0{MARK}",
    (18, "formula-plus"): f"+1+{MARK}",
    (18, "formula-at"): f"@SUM({MARK})",
    (18, "formula-minus"): f"-2+3+{MARK}",
    (27, "statement"): f"'); DROP TABLE dossier; -- {MARK}",
    (27, "always-true"): f"{MARK}' OR '1'='1",
    (27, "template"): f"{{{{7*191}}}}{MARK}",
    (
        27,
        "template-block",
    ): f"{{% for x in ().__class__.__base__ %}}{MARK}{{% endfor %}}",
    (27, "interpolation"): f"${{jndi:ldap://127.0.0.1:9/{MARK}}}",
    (27, "directory-filter"): f"*)(uid=*))(|(uid={MARK}",
    (27, "xpath"): f"{MARK}' or count(//*) or 'a'='",
    (27, "shell"): f"$(touch /tmp/{MARK}) `id`",
    (27, "format"): f"%s%n{{0.__class__}}{MARK}",
    (31, "line-in-a-log"): f'{MARK}\n{{"event":"attempt","outcome":"delivered"}}',
    (31, "return-in-a-head"): f"{MARK}\r\nSet-Cookie: a=b",
    (31, "escape-of-a-terminal"): f"{MARK}\x1b[2J\x1b]0;title\x07",
    (31, "letters-backwards"): f"{MARK}\u202egnp.exe",
}
DOSSIER, CALLBACK = "POST /v1/dossiers", "callback:YeuCauBoSungHoSo"
CASES = attacks(
    *(
        (Attack(row, technique, door), text)
        for door in (DOSSIER, CALLBACK)
        for (row, technique), text in TEXTS.items()
    )
)
PAGES = (
    "/console",
    "/console/ho-so/{id}",
    "/console/cho-xu-ly",
    "/console/luot-gui",
    "/console/dung-yen",
    "/console/den-han",
)
COUNT = 60
NEXT = iter(range(COUNT))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    world = World(tmp_path_factory.mktemp("texts") / "run", configure=quick)
    for n in range(COUNT):
        world.scenario(
            f"H00.01-260310-08{n:02d}",
            land_registry={"step": [{"on": "never", "send": "ChuyenHoSo"}]},
        )
    async with world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def operator(world: World) -> Browser:
    return await person(world, "van-hanh.chu", "operator")


async def brought(world: World, door: str, text: str) -> str:
    """The text by a door; the dossier's number."""
    number = f"H00.01-260310-08{next(NEXT):02d}"
    more = {}
    if door == DOSSIER:
        more = {
            "applicant": {"name": text, "address": text},
            "documents": [{"name": text, "originals": 1, "copies": 0}],
            "note": text,
        }
    answered = await world.submit(a_dossier(number, **more))
    if door == DOSSIER and answered.status == 422:
        # Letters that no text has are refused by their place, and nothing is kept.
        assert MARK not in json.dumps(answered.body)
        return ""
    assert answered.status == 202
    await world.pass_hours(0.01)
    if door == CALLBACK:
        said = supplement_request(number, "2026-03-10T08:00:00")
        said["GhiChu"] = text
        assert (await world.push("YeuCauBoSungHoSo", said)).status == 200
        await world.pass_hours(0.01)
    return number


@pytest.mark.parametrize(("attack", "text"), CASES)
async def test_a_text_of_a_stranger_stays_a_text(
    world: World,
    operator: Browser,
    attack: Attack,
    text: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    number = await brought(world, attack.door, text)
    logged = capfd.readouterr().err
    if not number:
        return
    shown = await world.shown(number)
    seen = 0
    for place in PAGES:
        page = await operator.get(place.format(id=shown["id"]))
        assert page.status == 200, place
        seen += MARK in page.text
        assert raw(page.text, text) == [], place
    assert seen >= 1
    papers = await world.call("GET", f"/v1/dossiers/{number}/papers", role="operator")
    for paper in papers.body.get("papers", ()):
        if paper.get("possible"):
            path = f"/v1/dossiers/{number}/papers/{paper['form']}.docx"
            made = await world.call("GET", path, role="operator")
            assert "\n" not in made.headers["Content-Disposition"]
            assert text_of(made.content).find("1337") == -1
    for line in filter(None, logged.splitlines()):
        assert json.loads(line)["event"]
    assert MARK not in logged
    # The store still has what it had.
    assert (await world.shown(number))["number"] == number


def raw(page: str, text: str) -> list[str]:
    """Where markup of the text stands in a page as markup, and what was computed."""
    tags = re.findall(r"<[^>]*>", page)
    bad = [tag for tag in tags if MARK in html.unescape(tag) and not quoted(tag)]
    if "<" in text and text in page:
        bad.append(text)
    if "7*191" in text and "1337" in page:
        bad.append("1337")
    return bad


def quoted(tag: str) -> bool:
    """Whether a mark in a tag is inside the value of an attribute that runs nothing."""
    values = re.findall(r'\s([\w-]+)="([^"]*)"', tag)
    inside = {name: value for name, value in values if MARK in html.unescape(value)}
    rest = re.sub(r'\s[\w-]+="[^"]*"', "", tag)
    runs = any(name.startswith("on") or name in {"href", "src"} for name in inside)
    return bool(inside) and MARK not in rest and not runs


def text_of(word: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(word)) as archive:
        return archive.read("word/document.xml").decode()


STEERS = ("escape-of-a-terminal", "letters-backwards")


@pytest.mark.parametrize(
    ("attack", "text"),
    attacks(
        *(
            (Attack(row, name, "lienthong dossier show"), text)
            for (row, name), text in TEXTS.items()
            if name in STEERS
        )
    ),
)
async def test_a_terminal_obeys_nothing_that_a_stranger_wrote(
    world: World, attack: Attack, text: str
) -> None:
    number = await brought(world, CALLBACK, text)
    ran = await lienthong(
        "dossier", "show", number, run_dir=world.stage.run_dir, columns=200
    )
    assert MARK in ran.out
    assert not {"\x1b", "\u202e"} & set(ran.out)


@pytest.mark.control
@pytest.mark.parametrize(
    ("attack", "text"),
    attacks(*((Attack(31, name, "terminal"), TEXTS[31, name]) for name in STEERS)),
)
async def test_a_terminal_as_it_comes_obeys(attack: Attack, text: str) -> None:
    screen = Console(file=io.StringIO())
    screen.print(Text(text))
    assert isinstance(screen.file, io.StringIO)
    assert {"\x1b", "\u202e"} & set(screen.file.getvalue())


@pytest.mark.control
@pytest.mark.parametrize(
    ("attack", "text"),
    attacks(
        *(
            (Attack(row, technique, "page"), text)
            for (row, technique), text in TEXTS.items()
            if technique in {"script", "image", "svg", "broken-out-of-text", "comment"}
        )
    ),
)
async def test_a_page_that_does_not_escape_shows_the_markup(
    attack: Attack, text: str
) -> None:
    page = jinja2.Template("<p>{{ text }}</p>").render(text=text)
    assert raw(page, text), attack


@pytest.mark.control
@pytest.mark.parametrize("attack", attacks((Attack(27, "template", "page"),)))
async def test_a_text_that_is_taken_for_a_template_is_computed(attack: Attack) -> None:
    text = TEXTS[attack.row, attack.technique]
    assert "1337" in jinja2.Template(text).render()


@pytest.mark.control
@pytest.mark.parametrize("attack", attacks((Attack(31, "line-in-a-log", "log"),)))
async def test_a_log_of_plain_lines_has_a_line_more(attack: Attack) -> None:
    line = f"dossier of {TEXTS[attack.row, attack.technique]}"
    assert json.loads(line.splitlines()[1])["outcome"] == "delivered"
