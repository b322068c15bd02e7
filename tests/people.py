"""People at the pages: a browser without JavaScript over real sockets, and accounts."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from gateway.accounts.second import STEP_S, code_at
from tests.world import World

Json = dict[str, Any]
SIGN_IN = "/console/dang-nhap"
PASSWORD = "con duong lang dai nang"


@dataclass
class Seen:
    """A page as it came back; redirects are not followed."""

    status: int
    text: str
    location: str
    cookies: list[str]


@dataclass
class Browser:
    """Keeps cookies; a form is sent with the hidden fields of the page it stood on."""

    world: World
    cookies: dict[str, str] = field(default_factory=dict)
    last: str = ""
    #: text of the last page

    async def get(self, path: str) -> Seen:
        return await self._call("GET", path)

    async def send(self, path: str, _headers: Any = None, **fields: str) -> Seen:
        """Send the form of the last page that goes there, filled in."""
        return await self._call(
            "POST", path, {**self._hidden(path), **fields}, _headers
        )

    async def bare(self, path: str, **fields: str) -> Seen:
        """Send fields that no page gave."""
        return await self._call("POST", path, fields)

    async def _call(
        self,
        method: str,
        path: str,
        fields: Json | None = None,
        headers: Json | None = None,
    ) -> Seen:
        front = self.world.stage.url("front")
        sent = {"Origin": front} if method == "POST" else {}
        sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        jar = aiohttp.DummyCookieJar()
        async with (
            aiohttp.ClientSession(cookie_jar=jar) as session,
            session.request(
                method,
                path if path.startswith("http") else front + path,
                data=fields,
                headers={**sent, **(headers or {})},
                allow_redirects=False,
            ) as answer,
        ):
            text = await answer.text()
            for name, morsel in answer.cookies.items():
                if morsel.value and morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
            given = answer.headers.getall("Set-Cookie", [])
            where = answer.headers.get("Location", "")
        if "<form" in text:
            self.last = text
        return Seen(answer.status, text, where, given)

    def _hidden(self, path: str) -> Json:
        """What the forms that go there hold already."""
        found: Json = {}
        for form in re.findall(r"<form\b.*?</form>", self.last, re.DOTALL):
            if f'action="{path}"' in html.unescape(form.split(">", 1)[0]):
                fields = [
                    *re.findall(
                        r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form
                    ),
                    *re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>([^<]*)<', form),
                ]
                found |= {html.unescape(k): html.unescape(v) for k, v in fields}
        return found

    async def signs_in(
        self, name: str, password: str = PASSWORD, code: str = ""
    ) -> Seen:
        await self.get(SIGN_IN)
        return await self.send(SIGN_IN, name=name, password=password, code=code)


async def account(
    world: World, name: str, role: str = "operator", *offices: str
) -> str:
    """A new account; its first password."""
    body = {
        "account": name,
        "name": "Trần Thị Thử",
        "role": role,
        "offices": list(offices),
        "reason": "nhận việc",
    }
    answered = await world.call("POST", "/v1/accounts", body, role="administrator")
    assert answered.status == 201, answered.content
    return str(answered.body["password"])


async def person(
    world: World, name: str, role: str = "operator", *offices: str
) -> Browser:
    """Somebody who has signed in and set a password of their own."""
    browser = Browser(world)
    first = await account(world, name, role, *offices)
    seen = await browser.signs_in(name, first)
    assert (seen.status, seen.location) == (303, "/console/mat-khau"), seen.text
    await browser.get("/console/mat-khau")
    seen = await browser.send("/console/mat-khau", new=PASSWORD, again=PASSWORD)
    assert seen.status == 303, seen.text
    return browser


async def enrols(browser: Browser) -> tuple[str, list[str]]:
    """Set up the second factor; its secret, and the codes for when it is lost."""
    page = await browser.get("/console/hai-lop")
    (secret,) = re.findall(r'class="code">([A-Z2-7]{32})<', page.text)
    done = await browser.send("/console/hai-lop", code=code(browser.world, secret))
    assert done.status == 200, done.text
    return secret, re.findall(r'class="code">([a-z2-7]{5}-[a-z2-7]{5})<', done.text)


def code(world: World, secret: str, ahead: int = 0) -> str:
    """What the telephone shows."""
    return code_at(secret, int(world.now().timestamp()) // STEP_S + ahead)


async def signins(world: World, kind: str) -> list[Json]:
    """Lines of a kind that belong to no dossier."""
    assert world.gateway is not None
    kept: Any = world.gateway.opened.kept
    rows = kept._reader.execute(
        "SELECT actor, facts FROM journal WHERE kind = ? AND dossier_id IS NULL"
        " ORDER BY id",
        (kind,),
    ).fetchall()
    import orjson

    return [{"actor": actor, **orjson.loads(facts)} for actor, facts in rows]
