"""A node as a process of its own: takes transfers, says which, and is killed."""

import asyncio
import json
import sys
from typing import Any

from gateway.conformance.store_making import NOW, OFFICE
from gateway.ports.store import Gate
from gateway.store.postgres.store import PostgresStore


async def take(parameters: dict[str, Any]) -> None:
    """Take five for a second; never bring them to an end."""
    store = await PostgresStore.open(parameters, node="node-2")
    taken = await store.claim([Gate(OFFICE, 5)], now=NOW, node="node-2", lease_s=1.0)
    sys.stdout.write(" ".join(one.transfer.id for one in taken) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(take(json.loads(sys.stdin.readline())))
