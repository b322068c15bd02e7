"""The gateway's side of the open interface, written from its document for tests.

It knows nothing of the gateway; what it answers is checked against the published
schemas, so that an agency which gets on with it has met the document.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from aiohttp import web

from tests.unit.adapters.open.published import errors, sample

KEY, OTHER_KEY = "khoa-cua-don-vi", "khoa-cua-don-vi-khac"
OFFICE = "dien-mau-1"
VIETNAM = timezone(timedelta(hours=7))
Body = dict[str, Any]


class Refused(Exception):
    """An error of section 3.3: status, code, fields."""

    def __init__(self, status: int, code: str, *fields: tuple[str, str]) -> None:
        """``fields``: pointer and code of each."""
        super().__init__(code)
        self.status, self.code, self.fields = status, code, fields


@dataclass
class Call:
    """One call that came in, and the status that it was answered."""

    at: datetime
    operation: str
    body: Body
    status: int = 0
    code: str = ""
    fields: tuple[tuple[str, str], ...] = ()


@dataclass
class Desk:
    """Transfers that wait, and everything that the agency said."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    waiting: list[Body] = field(default_factory=list)
    given: set[str] = field(default_factory=set)
    acknowledged: list[str] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    #: acknowledged transfer → dossier
    numbers: dict[str, str] = field(default_factory=dict)
    #: the agency's own number → dossier
    files: dict[str, bytes] = field(default_factory=dict)
    reports: list[Body] = field(default_factory=list)
    uploads: dict[str, bytes] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    page: int = 20
    #: transfers in one page at most, whatever the agency asks for
    behind: dict[str, int] = field(default_factory=dict)
    #: transfer → its place among all that were ever handed out
    lost: set[str] = field(default_factory=set)
    #: operations whose next answer is lost after the work
    broken: Callable[[str, Body], web.Response | None] = lambda *_: None
    #: what stands before the gateway and answers in its place
    keys: list[Body] = field(default_factory=lambda: sample("keys.reply")["keys"])
    base: str = ""

    def hand_out(self, transfer: Body, **files: bytes) -> None:
        """Put a transfer behind those that wait."""
        self.waiting.append(transfer)
        self.behind[transfer["id"]] = len(self.behind) + 1
        self.files |= files

    @property
    def made(self) -> list[str]:
        """Operations that were called, in order, without the looking."""
        return [c.operation for c in self.calls if c.operation not in {"fetch", "ping"}]

    @property
    def told(self) -> list[tuple[str, str]]:
        """Dossier and kind of every report that was recorded, each once."""
        return [(report["_dossier"], report["kind"]) for report in self.reports]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call as the document says."""
        operation = request.match_info["operation"]
        call = Call(self.now(), operation, {})
        self.calls.append(call)
        try:
            call.body = await self._body(request, operation)
            self._let_in(request, call.body)
            early = self.broken(operation, call.body)
            if early is not None:
                call.status = early.status
                return early
            answer = self._answer(operation, call.body)
        except Refused as refused:
            call.status, call.code = refused.status, refused.code
            call.fields = refused.fields
            return web.json_response(_problem(refused), status=refused.status)
        call.status = 200
        if operation in self.lost:
            self.lost.discard(operation)
            assert request.transport is not None
            request.transport.abort()
        if isinstance(answer, bytes):
            return web.Response(body=answer, content_type="application/pdf")
        assert errors(f"{operation}.reply", answer) == []
        return web.json_response(answer)

    async def _body(self, request: web.Request, operation: str) -> Body:
        if operation == "upload":
            parts = await request.post()
            file = parts.get("file")
            if not isinstance(file, web.FileField):
                raise Refused(400, "malformed_multipart")
            content = file.file.read()
            key = {"key": parts["key"]} if "key" in parts else {}
            return {**key, "name": file.filename, "content": content}
        try:
            body = json.loads(await request.read())
        except ValueError:
            raise Refused(400, "malformed_json") from None
        if not isinstance(body, dict):
            raise Refused(400, "malformed_json")
        return {name: value for name, value in body.items() if value is not None}

    def _let_in(self, request: web.Request, body: Mapping[str, Any]) -> None:
        header = request.headers.get("Authorization", "").removeprefix("Bearer ")
        shown = {key for key in (header, body.get("key", "")) if key}
        if len(shown) > 1:
            raise Refused(401, "keys_differ")
        if shown != {KEY}:
            raise Refused(401, "not_signed_in")

    def _answer(self, operation: str, body: Body) -> Body | bytes:
        known = {"ping", "fetch", "acknowledge", "report", "file", "keys", "upload"}
        if operation not in known:
            raise Refused(404, "unknown_path")
        if operation != "upload":
            wrong = errors(operation, body)
            if wrong:
                raise Refused(422, "request_invalid", *wrong)
        found: Body | bytes = getattr(self, f"_{operation}")(body)
        return found

    def _ping(self, _body: Body) -> Body:
        now = self.now().astimezone(VIETNAM).isoformat(timespec="seconds")
        return {
            "office": OFFICE,
            "office_name": "Điện lực Mẫu Một (giả lập)",
            "mode": "fetch",
            "waiting": len(self.waiting),
            "server_time": now,
            "version": "1",
        }

    def _fetch(self, body: Body) -> Body:
        """Heads of dossiers only, in order, from behind the cursor."""
        heads: dict[str, Body] = {}
        for transfer in self.waiting:
            heads.setdefault(transfer["dossier"], transfer)
        after = int(body.get("after") or 0)
        left = [one for one in heads.values() if self.behind[one["id"]] > after]
        page = left[: min(self.page, int(body.get("limit", 20)))]
        self.given |= {one["id"] for one in page}
        cursor = self.behind[page[-1]["id"]] if page else after
        more = len(left) > len(page)
        return {"transfers": page, "after": str(cursor or ""), "more": more}

    def _acknowledge(self, body: Body) -> Body:
        return {"results": [{"id": i, "result": self._taken(i)} for i in body["ids"]]}

    def _taken(self, identifier: str) -> str:
        if identifier in self.acknowledged:
            return "already"
        for transfer in self.waiting:
            if transfer["id"] == identifier:
                self.waiting.remove(transfer)
                self.acknowledged.append(identifier)
                self.known[identifier] = transfer["dossier"]
                return "taken"
        return "unknown"

    def _report(self, body: Body) -> Body:
        dossier = self._dossier(body)
        told = body.get("event_at")
        soon = self.now() + timedelta(minutes=5)
        if told and datetime.fromisoformat(told) > soon:
            raise Refused(422, "request_invalid", ("/event_at", "in_the_future"))
        content = self._content(body)
        answer = {"report_id": body["report_id"], "dossier": dossier, "applied": True}
        for before in self.reports:
            if before["report_id"] == body["report_id"]:
                if before["_content"] != content:
                    raise Refused(409, "report_id_reused")
                return {**answer, "result": "repeated"}
        if "transfer" in body:
            self._taken(body["transfer"])
        if "own_number" in body:
            self.numbers[body["own_number"]] = dossier
        self.reports.append({**body, "_content": content, "_dossier": dossier})
        return {**answer, "result": "recorded"}

    def _dossier(self, body: Body) -> str:
        """The dossier that a report is about; one that was given to this office."""
        ours = self.known | {
            one["id"]: one["dossier"] for one in self.waiting if one["id"] in self.given
        }
        named = self.numbers.get(body.get("dossier", ""), body.get("dossier", ""))
        found = ours.get(body.get("transfer", ""), named)
        if found not in ours.values() or body.get("transfer", "") not in {"", *ours}:
            raise Refused(404, "dossier_unknown")
        if named not in {"", found}:
            raise Refused(422, "request_invalid", ("/dossier", "not_the_same_dossier"))
        return str(found)

    def _content(self, body: Body) -> str:
        """What makes two reports the same; files by name and bytes."""
        files = []
        for place, file in enumerate(body.get("files", ())):
            try:
                content = (
                    self.uploads[file["upload"]]
                    if "upload" in file
                    else base64.b64decode(file["content"], validate=True)
                )
            except KeyError:
                where = (f"/files/{place}/upload", "upload_unknown")
                raise Refused(422, "request_invalid", where) from None
            except binascii.Error:
                where = (f"/files/{place}/content", "not_base64")
                raise Refused(422, "request_invalid", where) from None
            files.append([file["name"], hashlib.sha256(content).hexdigest()])
        plain = {n: v for n, v in body.items() if n not in {"key", "files"}}
        return json.dumps({**plain, "files": files}, sort_keys=True)

    def _upload(self, body: Body) -> Body:
        content: bytes = body["content"]
        digest = hashlib.sha256(content).hexdigest()
        name = f"u-{len(self.uploads) + 1}"
        self.uploads[name] = content
        return {"upload": name, "size": len(content), "sha256": digest}

    def _file(self, body: Body) -> bytes:
        if body["id"] not in self.files:
            raise Refused(404, "file_unknown")
        return self.files[body["id"]]

    def _keys(self, _body: Body) -> Body:
        return {"keys": self.keys}


def _problem(refused: Refused) -> Body:
    problem: Body = sample(f"error.{refused.code}")
    told = [{"field": f, "code": c, "message": "Sai."} for f, c in refused.fields]
    return {**problem, "fields": told}


def handed_over(
    identifier: str, dossier: str, *, content: bytes = b"%PDF-1.4 don", **more: Any
) -> tuple[Body, dict[str, bytes]]:
    """A new dossier with one file, as a transfer and what the file holds."""
    name = f"f-{identifier}"
    transfer = {**sample("transfer.hand_over"), "id": identifier, "dossier": dossier}
    transfer["files"] = [
        {
            "id": name,
            "name": "don.pdf",
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    ]
    return {**transfer, **more}, {name: content}


@asynccontextmanager
async def served(desk: Desk) -> AsyncIterator[Desk]:
    """The desk on a real socket; its ``base`` is the interface's."""
    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.router.add_post("/open/v1/{operation}", desk.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    desk.base = f"http://{host}:{port}/open/v1"
    try:
        yield desk
    finally:
        await runner.cleanup()
