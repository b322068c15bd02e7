"""Operations that the gateway hosts for agencies, on a listener of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from fastapi import Request
from fastapi.responses import Response

from gateway.api.bodies import trouble_of, whole
from gateway.api.peers import is_its_own
from gateway.api.problems import RETRY_AFTER_S, unknown_path
from gateway.api.rates import note_wrong
from gateway.api.routes import Routes
from gateway.api.signed import Claim, SigningSecrets, opened, trouble_with
from gateway.api.signin import address_of
from gateway.api.strangers import NoPlace, Strangers
from gateway.domain.errors import (
    DeliveryError,
    GatewayError,
    NeedsConfiguration,
    SlotNotOffered,
    TooLarge,
)
from gateway.domain.identifiers import OfficeId
from gateway.intake.line import BY_OFFICE, note_heard
from gateway.ports.agency import InboundMessage
from gateway.ports.pulse import is_pressed
from gateway.receipts.callback import receive
from gateway.routing.link import link_of_office

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.delivery.lanes import Lanes
    from gateway.ports.agency import HostedOperation, HostedReply
    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools


#: Real seconds in which a one-stop has to give one of its lists.
LIST_TIMEOUT_S = 20.0


_AWAY = "Hệ thống tạm thời chưa ghi nhận được."


class Secrets(SigningSecrets, Protocol):
    """Keyed hashes of the path secrets of each office."""

    def accepts(self, office: OfficeId, shown: str) -> bool:
        """Whether the secret is one of the office's present ones."""


class CatalogueSource(Protocol):
    """What the lists that agencies fetch are made from."""

    def of(self, office: OfficeId) -> Mapping[str, object]:
        """Content of the office's lists."""


def _http(reply: HostedReply) -> Response:
    return Response(reply.body, status_code=reply.status, media_type=reply.media_type)


def router(
    tools: Tools, secrets: Secrets, lists: CatalogueSource, lanes: Lanes
) -> Routes:
    """Routes under /callbacks; unknown office, operation and secret look the same."""
    routes = Routes(prefix="/callbacks", tags=["callbacks"])
    desk = _Desk(tools, secrets, lists, lanes)

    @routes.api_route("/{office}/{name}/{secret}", methods=["GET", "POST"])
    async def with_path_secret(
        office: str, name: str, secret: str, request: Request
    ) -> Response:
        """Phản hồi của cơ quan; mã bí mật là đoạn cuối của đường dẫn."""
        return await desk.serve(OfficeId(office), name, secret, request)

    @routes.api_route("/{office}/{name}", methods=["GET", "POST"])
    async def with_query_secret(office: str, name: str, request: Request) -> Response:
        """Danh mục mà cơ quan tải về; mã bí mật ở tham số."""
        return await desk.serve(OfficeId(office), name, None, request)

    return routes


class _Desk:
    """Answers calls of agencies."""

    def __init__(
        self, tools: Tools, secrets: Secrets, lists: CatalogueSource, lanes: Lanes
    ) -> None:
        self._tools = tools
        self._secrets = secrets
        self._lists = lists
        self._lanes = lanes
        self._strangers = Strangers()

    async def serve(
        self, office: OfficeId, name: str, secret: str | None, request: Request
    ) -> Response:
        """Answer one; who shows no secret learns nothing."""
        tools = self._tools
        operation = _operation(tools, office, name, request.method)
        entry = tools.versions.current.offices.get(office)
        if (
            operation is None
            or not is_its_own(entry, request.scope)
            or not _let_in(self._secrets, operation, office, secret, request)
        ):
            note_wrong(request.scope)
            return unknown_path()
        if operation.catalogue is None and is_pressed(tools.pulse.backlog()):
            return _later(operation)
        try:
            body = await self._body(operation, request)
        except TooLarge as error:
            return _http(operation.reply(error.remedy, ok=False))
        except NoPlace:
            return _later(operation)
        body, claim = opened(body, request.headers)
        refused = _malformed(operation, body) or _refused(
            self._secrets, operation, office, body
        )
        if refused is not None:
            note_wrong(request.scope)
            return _http(refused)
        away = await self._doubted(operation, entry, claim, request)
        if away is not None:
            return away
        self._lanes.heard.called(office, tools.clock.now())
        if operation.catalogue is not None:
            own = await _of_its_one_stop(tools, office, operation)
            return _http(own or operation.catalogue(self._lists.of(office)))
        return await _received(
            tools, operation, _message(tools, office, name, body, request)
        )

    async def _doubted(
        self,
        operation: HostedOperation,
        entry: Office | None,
        claim: Claim | None,
        request: Request,
    ) -> Response | None:
        """The agency's own answer to a signature that does not hold; None: it does."""
        if entry is None or request.method != "POST":
            return None
        try:
            trouble = await trouble_with(self._tools, self._secrets, entry, claim)
        except GatewayError as error:
            # What cannot be remembered is not taken: it has to come again.
            self._tools.probe.trouble("api.callbacks", error)
            return _later(operation)
        if not trouble:
            return None
        note_wrong(request.scope)
        return _http(operation.reply(trouble, ok=False))

    async def _body(self, operation: HostedOperation, request: Request) -> bytes:
        if operation.secret is None:
            return await whole(request, operation.max_body_bytes)
        address = address_of(self._tools, request)
        return await self._strangers.body(request, operation.max_body_bytes, address)


def _message(
    tools: Tools, office: OfficeId, name: str, body: bytes, request: Request
) -> InboundMessage:
    return InboundMessage(
        office=office,
        operation=name,
        body=body,
        query=dict(request.query_params),
        headers={k.lower(): v for k, v in request.headers.items()},
        arrived_at=tools.clock.now(),
    )


def _malformed(operation: HostedOperation, body: bytes) -> HostedReply | None:
    """The agency's own answer to JSON that its reader should never see."""
    trouble = trouble_of(body)
    return operation.reply(trouble, ok=False) if trouble else None


async def _of_its_one_stop(
    tools: Tools, office: OfficeId, operation: HostedOperation
) -> HostedReply | None:
    """The list of the one-stop in whose line we are; None: ours has to do."""
    link = link_of_office(tools.versions.current, office)
    if link is None:
        return None
    try:
        one_stop = tools.adapters.of(link.one_stop)
        return await one_stop.fetch_list(
            office, operation.name, timeout_s=LIST_TIMEOUT_S
        )
    except (DeliveryError, SlotNotOffered) as error:
        tools.probe.trouble("api.callbacks.list", error)
        return None


async def _received(
    tools: Tools, operation: HostedOperation, message: InboundMessage
) -> Response:
    """What the operation replies; while nothing can be kept, a refusal to try later."""
    try:
        reply = await receive(tools, operation, message)
        link = link_of_office(tools.versions.current, message.office)
        if link is not None:
            await note_heard(tools, link, BY_OFFICE)
        return _http(reply)
    except GatewayError as error:
        tools.probe.trouble("api.callbacks", error)
        return _later(operation)


def _later(operation: HostedOperation) -> Response:
    """Nothing was kept: it has to come again."""
    reply = operation.reply(_AWAY, ok=False)
    return Response(
        reply.body,
        status_code=503,
        media_type=reply.media_type,
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


def _operation(
    tools: Tools, office: OfficeId, name: str, method: str
) -> HostedOperation | None:
    try:
        adapter = tools.adapters.of(office)
    except NeedsConfiguration:
        return None
    for operation in adapter.hosted:
        if operation.name == name and operation.method == method:
            return operation
    return None


def _let_in(
    secrets: Secrets,
    operation: HostedOperation,
    office: OfficeId,
    secret: str | None,
    request: Request,
) -> bool:
    """Whether the address lets a call in; a secret in the body is asked for later."""
    if operation.secret is not None:
        return secret is None
    return secrets.accepts(office, _shown(operation, secret, request))


def _refused(
    secrets: Secrets, operation: HostedOperation, office: OfficeId, body: bytes
) -> HostedReply | None:
    """The agency's own answer to a wrong secret in the body; None: it is right."""
    inside = operation.secret
    if inside is None or secrets.accepts(office, inside.of(body)):
        return None
    return inside.refusal


def _shown(operation: HostedOperation, secret: str | None, request: Request) -> str:
    if operation.shown_in == "path":
        return secret or ""
    parameter = operation.shown_in.partition(":")[2]
    return "" if secret is not None else request.query_params.get(parameter, "")
