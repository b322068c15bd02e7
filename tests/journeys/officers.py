"""An officer of an office without software, as a test plays one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from tests.world import Answered, Json, World

XA = "xa-mau-1"
SO_NHA: dict[str, Any] = {"procedure": "1.999010"}


class Officer:
    """Opens one list and presses its buttons."""

    def __init__(self, world: World, office: str = XA, code: str = "") -> None:
        """With the code of the mock profile unless another is given."""
        self._world = world
        self.office = office
        code = code or world.stage.secrets.value(f"{office}.officer")
        self.headers = {"Authorization": f"Bearer {code}"}
        self.cookie = {
            "Cookie": f"lienthong={code}",
            "Origin": world.stage.url("front"),
        }

    async def get(self, path: str) -> Answered:
        """One call."""
        return await self._world.call("GET", path, role="", headers=self.headers)

    async def items(self) -> list[Json]:
        """What the list shows; opening it is to be given what lies there."""
        answered = await self.get("/v1/work")
        assert answered.status == 200, answered.content
        found: list[Json] = answered.body["items"]
        return found

    async def item(self, number: str) -> Json:
        """One dossier of the list."""
        (found,) = [one for one in await self.items() if one["number"] == number]
        return found

    async def act(self, item: Json, act: str, **said: Any) -> Answered:
        """One act; ``files``: name → bytes."""
        path = f"/v1/work/{self.office}/{item['id']}/{act}"
        files: dict[str, bytes] = said.pop("files", {})
        if not files:
            return await self._world.call(
                "POST", path, said, role="", headers=self.headers
            )
        said["files"] = [
            {"name": name, "part": f"f{n}"} for n, name in enumerate(files)
        ]
        form = aiohttp.FormData()
        form.add_field("act", json.dumps(said), content_type="application/json")
        for n, (name, content) in enumerate(files.items()):
            form.add_field(f"f{n}", content, filename=name)
        return await self._world.call(
            "POST", path, role="", headers=self.headers, data=form
        )

    async def page(self, path: str = "") -> str:
        """The page itself, by cookie."""
        answered = await self._world.call(
            "GET",
            path or f"/console/viec-tay/{self.office}",
            role="",
            headers=self.cookie,
        )
        assert answered.status == 200, answered.content
        return answered.content.decode()
