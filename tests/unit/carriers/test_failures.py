"""Every exception of the client has a reason; what decides is whether writing began."""

from __future__ import annotations

import asyncio
import inspect
import ssl
import zlib
from types import SimpleNamespace

import aiohttp
import pytest

from gateway.carriers.bodies import AnswerEncoding, AnswerTooLarge
from gateway.carriers.failures import (
    FLEETING,
    REASONS,
    MayHaveLeft,
    NothingLeft,
    reason_of,
)
from gateway.carriers.http import _is_fleeting
from gateway.carriers.tracing import Progress
from gateway.domain.attempt import Times
from gateway.domain.errors import AgencyUnavailable, DeliveryUnknown


def descendants(kind: type[BaseException]) -> set[type[BaseException]]:
    below = {kind}
    for child in kind.__subclasses__():
        below |= descendants(child)
    return below


#: Whatever the library can raise of its own, found in the library itself.
LIBRARY = sorted(
    {
        kind
        for module in (aiohttp, aiohttp.client_exceptions, aiohttp.http_exceptions)
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, aiohttp.ClientError)
    }
    | {
        kind
        for kind in descendants(aiohttp.ClientError)
        if kind.__module__.startswith("aiohttp")
    },
    key=lambda kind: kind.__name__,
)
SYSTEM = (
    ConnectionRefusedError, ConnectionResetError, ConnectionAbortedError,
    BrokenPipeError, TimeoutError, asyncio.IncompleteReadError,
    ssl.SSLError, ssl.SSLCertVerificationError, ssl.SSLZeroReturnError, EOFError,
    UnicodeDecodeError, OSError, ValueError,
)  # fmt: skip


def made(kind: type[BaseException]) -> BaseException:
    """An exception of a class, whatever its arguments are."""
    error = kind.__new__(kind)
    error.args = ("invented",)
    return error


def test_there_is_something_to_hold_the_table_against() -> None:
    assert len(LIBRARY) >= 28
    assert aiohttp.ServerDisconnectedError in LIBRARY


@pytest.mark.parametrize("kind", LIBRARY, ids=lambda kind: str(kind.__name__))
def test_every_exception_of_the_client_stands_in_the_table(
    kind: type[BaseException],
) -> None:
    assert kind in REASONS


def test_the_table_names_nothing_that_the_client_does_not_have() -> None:
    own = {k for k in REASONS if k.__module__.startswith("aiohttp")}
    assert own <= {*LIBRARY, aiohttp.WSMessageTypeError}


@pytest.mark.parametrize(
    "kind", [*LIBRARY, *SYSTEM], ids=lambda kind: str(kind.__name__)
)
@pytest.mark.parametrize("writing", [False, True])
def test_writing_decides_and_the_class_only_gives_the_reason(
    kind: type[BaseException], writing: bool
) -> None:
    progress = Progress(writing=writing, status=200 if writing else None)
    error = progress.failure(made(kind))
    assert error.reason != "other" or kind is aiohttp.ClientError
    if writing:
        assert isinstance(error, MayHaveLeft)
        assert isinstance(error, DeliveryUnknown)
        assert error.status == 200
    else:
        assert isinstance(error, NothingLeft)
        assert isinstance(error, AgencyUnavailable)
    assert "invented" not in str(error) + error.detail + error.remedy


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (AnswerTooLarge("x"), "too_large"),
        (AnswerEncoding("x"), "encoding"),
        (TimeoutError(), "timeout"),
        (zlib.error("x"), "other"),
    ],
)
def test_what_came_back_wrong_has_reasons_of_its_own(
    error: BaseException, reason: str
) -> None:
    assert Progress(writing=True).failure(error).reason == reason


def test_waiting_for_a_connection_is_told_from_waiting_for_the_agency() -> None:
    assert Progress(queued=True).failure(TimeoutError()).reason == "wait"
    assert Progress(queued=False).failure(TimeoutError()).reason == "timeout"
    late = Progress(queued=True, writing=True).failure(TimeoutError())
    assert (type(late), late.reason) == (MayHaveLeft, "timeout")


def test_a_class_that_nobody_knows_takes_the_reason_of_its_nearest_ancestor() -> None:
    class Newer(aiohttp.ClientConnectorDNSError):
        pass

    assert reason_of(made(Newer)) == "name"
    assert reason_of(LookupError()) == "other"


def test_only_what_never_left_and_may_pass_is_tried_again() -> None:
    for reason in {*REASONS.values(), "wait", "body", "header"}:
        assert _is_fleeting(NothingLeft(reason, Times())) == (reason in FLEETING)
        assert not _is_fleeting(MayHaveLeft(reason, Times()))
    assert not _is_fleeting(OSError())
    assert FLEETING.isdisjoint({"certificate", "address", "timeout", "body", "wait"})


async def test_writing_is_noted_before_the_first_byte_is_handed_over() -> None:
    """The client's own writer is asked: nothing reached the transport at that moment."""
    from aiohttp.http_writer import StreamWriter
    from multidict import CIMultiDict

    from gateway.carriers.tracing import noting_progress

    written: list[bytes] = []
    at_the_mark: list[int] = []
    progress = Progress()
    context = SimpleNamespace(trace_request_ctx=progress)
    trace = noting_progress()

    async def mark(headers: object) -> None:
        for told in trace.on_request_headers_sent:
            await told(None, context, headers)  # type: ignore[arg-type]
        at_the_mark.append(len(written))

    transport = SimpleNamespace(write=written.append, is_closing=lambda: False)
    protocol = SimpleNamespace(transport=transport, _paused=False)
    writer = StreamWriter(
        protocol,  # type: ignore[arg-type]
        asyncio.get_running_loop(),
        on_headers_sent=mark,
    )
    await writer.write_headers("POST / HTTP/1.1", CIMultiDict({"A": "b"}))
    assert progress.writing
    writer.send_headers()
    assert at_the_mark == [0]
    assert written


def test_the_two_fates_never_pass_for_each_other() -> None:
    assert not issubclass(NothingLeft, DeliveryUnknown)
    assert not issubclass(MayHaveLeft, AgencyUnavailable)
