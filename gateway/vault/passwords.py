"""Passwords as argon2id hashes, with the parameters that RFC 9106 names second."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from gateway.ports.accounts import Passwords

#: Hashes at once.
AT_ONCE = 2


class Argon2Passwords(Passwords):
    """Each hash takes 64 MiB and some hundredth of a second."""

    def __init__(self) -> None:
        """Take the parameters; hashes remember theirs."""
        self._hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        # Of its own: whoever guesses takes neither all cores nor others' threads.
        self._threads = ThreadPoolExecutor(AT_ONCE, "passwords")

    @cached_property
    def _nobodys(self) -> str:
        """Compared where there is no hash, so that this takes as long."""
        return self._hasher.hash(secrets.token_urlsafe(32))

    async def hashed(self, password: str) -> str:
        """A new hash."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._hasher.hash, password)

    async def fits(self, hashed: str, password: str) -> bool:
        """Whether it is the one."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._fits, hashed, password)

    def _fits(self, hashed: str, password: str) -> bool:
        try:
            self._hasher.verify(hashed or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(hashed)

    def is_weaker(self, hashed: str) -> bool:
        """Whether today's parameters are stronger."""
        return self._hasher.check_needs_rehash(hashed)
