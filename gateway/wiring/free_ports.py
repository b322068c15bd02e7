"""Ports for participants that listen later, or again."""

from __future__ import annotations

import os
import random
import socket


def _wanted(words: str) -> tuple[int, int]:
    first, _, end = words.partition("-")
    return int(first), int(end)


#: Where they are drawn from, without the last: below the ephemeral ones. Programs that
#: run at the same time have each its own, and hand it on to those whom they start: a
#: port that is free now may be somebody's soon.
PORT_RANGE = _wanted(os.environ.get("LIENTHONG_PORTS") or "20000-32000")
_given: set[int] = set()


def is_free(port: int) -> bool:
    """Whether nobody listens there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def give(port: int) -> int:
    """The port, which is not drawn for anybody else from now on."""
    _given.add(port)
    return port


def free_port() -> int:
    """A port that this process has not given to anybody.

    A participant may listen only later, or again after it was killed: an
    outgoing connection must not have taken its port meanwhile.
    """
    draw = random.SystemRandom()
    while True:
        if len(_given) > (PORT_RANGE[1] - PORT_RANGE[0]) * 3 // 4:
            # Whom the first ones were given to is gone long since.
            _given.clear()
        port = draw.randrange(*PORT_RANGE)
        if port not in _given and is_free(port):
            return give(port)
