"""Files by link: joined with the office's file address, fetched until they are there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from urllib.parse import quote, unquote, urlsplit

from gateway.adapters.one_stop.mock_contract import Answer, Office
from gateway.adapters.one_stop.mock_landlink_register import Linked

LOOK_AGAIN_S = 600.0
#: Six hours: a link may lead nowhere for a while after the end was told.
LOOKS = 37


class Files:
    """Fetches what messages link to."""

    def __init__(self, office: Office, base: str) -> None:
        """``base``: the file address of the land office."""
        self._office = office
        self._base = base.rstrip("/")

    def fetch(self, number: str, linked: Linked, have: Callable[[], None]) -> None:
        """Fetch one file; ``have`` is called once it is there."""
        if elsewhere(linked.link):
            self._office.arrived("link_not_followed", number, name=linked.name)
            return
        self._office.after(0, partial(self._look, number, linked, have, 1))

    async def _look(
        self, number: str, linked: Linked, have: Callable[[], None], look: int
    ) -> None:
        path = quote(linked.link.lstrip("/"), safe="/%?=&")
        try:
            answer: Answer | None = await self._office.call(
                "GET",
                f"{self._base}/{path}",
                headers={},
                body=b"",
                kind="file",
                number=number,
            )
        except OSError:
            answer = None
        if answer is not None and answer.status == 200:
            self._office.effect(
                "link_file",
                number,
                name=linked.name,
                sha256=hashlib.sha256(answer.body).hexdigest(),
                size=len(answer.body),
            )
            have()
            return
        status = answer.status if answer else 0
        self._office.arrived("file_missing", number, name=linked.name, status=status)
        if look < LOOKS:
            again = partial(self._look, number, linked, have, look + 1)
            self._office.after(LOOK_AGAIN_S, again)


def elsewhere(link: str) -> bool:
    """Whether a link leaves the file address."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return True
    plain = unquote(link)
    leads_out = bool(parts.scheme or parts.netloc) or "\\" in plain
    return leads_out or ".." in plain.split("/")
