"""The table by which a relay lets calls pass: what is served, and hashes of secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from fastapi import Request
from fastapi.responses import Response

from gateway.api.bodies import MAX_JSON_BYTES
from gateway.api.handing_in import MAX_ATTACHMENT_BYTES, MAX_FORM_BYTES
from gateway.api.loading import MAX_LOAD_BYTES
from gateway.api.oauth import MARK
from gateway.api.oauth import MAX_FORM_BYTES as MAX_PROOF_BYTES
from gateway.api.open import AROUND_BYTES, PREFIX, PROVING
from gateway.api.open_limits import BURST, PER_SECOND
from gateway.api.routes import Routes
from gateway.api.signin import administrator
from gateway.domain.errors import NeedsConfiguration
from gateway.domain.relay_table import SECRET, Entry, Table, hash_of_key
from gateway.routing.link import all_links

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.ports.agency import HostedOperation
    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools

#: Operations of the open interface, and how much each may carry.
OPEN = {
    **dict.fromkeys(("ping", "fetch", "acknowledge", "report", "file", "keys"), 0),
    "upload": MAX_ATTACHMENT_BYTES + AROUND_BYTES,
}
#: Where one-stops get tokens.
ONE_STOP_PROVING = "/oauth2/token"
#: Calls of one-stop systems (docs/tich-hop-mot-cua.vi.md); staff do not come by a relay.
ONE_STOP = (
    (("GET",), "/v1/dossiers", 0),
    (("POST",), "/v1/dossiers", MAX_FORM_BYTES),
    (("POST",), "/v1/dossiers/load", MAX_LOAD_BYTES),
    (("GET", "POST", "PUT"), "/v1/dossiers/{rest}", MAX_JSON_BYTES),
    (("POST",), "/v1/attachments", MAX_ATTACHMENT_BYTES),
    (("GET",), "/v1/events", 0),
    (("GET",), "/v1/proposals", 0),
    (("POST",), "/v1/proposals/{}/{}", MAX_JSON_BYTES),
    (("GET",), "/v1/handover-list", 0),
    (("GET",), "/v1/handover-list.docx", 0),
)
#: Of one system: many more than a province's one-stop makes in a busy hour.
ONE_STOP_PER_S, ONE_STOP_BURST = 50.0, 200.0
#: Of one operation of an office: an agency that was cut off has a day to tell, and one
#: that is told to come later may never do.
HOSTED_PER_S, HOSTED_BURST = 100.0, 1000.0
#: Files that a one-stop's old interface carries inside its messages.
DROPIN_BYTES = 64 * 1024 * 1024


class PresentSecrets(Protocol):
    """Secrets that are good at present."""

    def good(self, name: str) -> tuple[str, ...]:
        """The secret of that name, and the one that comes after it."""


def router(
    tools: Tools, secrets: PresentSecrets, new_salt: Callable[[int], str]
) -> Routes:
    """Routes under /v1."""
    routes = Routes(prefix="/v1")

    @routes.get("/relay/table")
    async def get_table(request: Request) -> Response:
        """Bảng cho phép của cửa ngoài: chỉ có giá trị băm của mã bí mật, không có mã nào."""
        await administrator(tools, request)
        made = table(tools, secrets, new_salt(16))
        headers = {"Cache-Control": "no-store"}
        return Response(made.written(), media_type="application/json", headers=headers)

    return routes


def table(tools: Tools, secrets: PresentSecrets, salt: str) -> Table:
    """What may pass by the versions that run now."""
    made_at = tools.clock.now().isoformat(timespec="seconds")
    bare = Table(salt, made_at)
    offices = tools.versions.current.offices.values()
    agencies: list[Entry] = []
    keys: list[str] = []
    has_callers = False
    for office in offices:
        try:
            adapter = tools.adapters.of(office.id)
        except NeedsConfiguration:
            continue
        known = tuple(map(bare.hashed, secrets.good(f"{office.id}.callback")))
        agencies += [
            entry
            for operation in adapter.hosted
            if (entry := _hosted(office, operation, known)) is not None
        ]
        if adapter.caller is not None:
            has_callers = True
            keys += map(bare.hashed, secrets.good(f"{office.id}.open"))
    one_stop = [
        _proving(ONE_STOP_PROVING),
        *_one_stop(),
        *_dropin(tools, secrets, bare),
    ]
    opened = _open(keys) if has_callers else ()
    doors = {"agencies": (*agencies, *opened), "one_stop": tuple(one_stop)}
    return Table(salt, made_at, doors)


def _hosted(
    office: Office, operation: HostedOperation, known: tuple[str, ...]
) -> Entry | None:
    """One operation of an office; None: nobody has a secret for it."""
    inside = operation.secret is not None
    if not inside and not known:
        return None
    in_path = not inside and operation.shown_in == "path"
    last = f"/{SECRET}" if in_path else ""
    return Entry(
        name=f"callbacks {office.id} {operation.name}",
        methods=(operation.method,),
        path=f"/callbacks/{office.id}/{operation.name}{last}",
        most_bytes=operation.max_body_bytes if operation.method == "POST" else 0,
        shown="body" if inside else operation.shown_in,
        hashes=() if inside else known,
        certificates=_certificates(office),
        per_s=HOSTED_PER_S,
        burst=HOSTED_BURST,
    )


def _certificates(office: Office) -> tuple[str, ...]:
    """Keys of the certificates that an office's entry names; one that is none fits none."""
    said = office.settings.get("client_spki", ())
    listed = said if isinstance(said, list | tuple) else (said,)
    return tuple(hash_of_key(str(one)) or "f" * 64 for one in listed)


def _open(keys: list[str]) -> Iterator[Entry]:
    yield _proving(PROVING)
    for name, most in OPEN.items():
        yield Entry(
            name=f"open {name}",
            methods=("POST",),
            path=f"{PREFIX}/{name}",
            most_bytes=most or MAX_JSON_BYTES,
            # Without keys everybody comes with a token, or shows it in the body.
            shown="key" if keys else "body",
            hashes=tuple(keys),
            tokens=MARK,
            per_s=PER_SECOND,
            burst=BURST,
        )


def _proving(path: str) -> Entry:
    """Where tokens are given; who proves what stands in the body, or only the core knows."""
    return Entry(
        name=f"token {path}",
        methods=("POST",),
        path=path,
        most_bytes=MAX_PROOF_BYTES,
        per_s=PER_SECOND,
        burst=BURST,
    )


def _one_stop() -> Iterator[Entry]:
    for methods, path, most in ONE_STOP:
        yield Entry(
            name=f"v1 {path.removeprefix('/v1/')}",
            methods=methods,
            path=path,
            most_bytes=most,
            shown="bearer",
            per_s=ONE_STOP_PER_S,
            burst=ONE_STOP_BURST,
        )


def _dropin(tools: Tools, secrets: PresentSecrets, bare: Table) -> Iterator[Entry]:
    """An office's own interface toward one-stops that speak nothing else."""
    for link in all_links(tools.versions.current):
        known = tuple(map(bare.hashed, secrets.good(f"{link.one_stop}.dropin")))
        if not known:
            continue
        under = f"/dropin/{link.one_stop}/{link.office}/{SECRET}"
        for method, path, most in (
            ("GET", f"{under}/files/{{rest}}", 0),
            ("POST", f"{under}/{{}}/{{}}", DROPIN_BYTES),
        ):
            yield Entry(
                name=f"dropin {link.one_stop} {link.office}",
                methods=(method,),
                path=path,
                most_bytes=most,
                shown="path",
                hashes=known,
                per_s=ONE_STOP_PER_S,
                burst=ONE_STOP_BURST,
            )
