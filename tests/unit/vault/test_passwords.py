"""Hashes of passwords: slow alike for everybody, few at once."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from argon2 import PasswordHasher

from gateway.vault.passwords import AT_ONCE, Argon2Passwords

PASSWORD = "con duong lang dai nang"


async def test_a_hash_fits_its_password_alone_and_none_is_like_another() -> None:
    passwords = Argon2Passwords()
    first, second = await passwords.hashed(PASSWORD), await passwords.hashed(PASSWORD)
    assert first != second
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await passwords.fits(first, PASSWORD)
    assert not await passwords.fits(first, PASSWORD + " ")
    assert not await passwords.fits("no hash at all", PASSWORD)
    assert not passwords.is_weaker(first)


async def test_a_hash_of_weaker_parameters_is_known_as_such() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    passwords = Argon2Passwords()
    assert await passwords.fits(weak, PASSWORD)
    assert passwords.is_weaker(weak)


class _Watched:
    """Counts what is compared, and how many at once."""

    def __init__(self, real: PasswordHasher) -> None:
        self.real, self.count, self.now, self.most = real, 0, 0, 0
        self.lock = threading.Lock()

    def verify(self, *given: Any) -> bool:
        with self.lock:
            self.count += 1
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            return self.real.verify(*given)
        finally:
            with self.lock:
                self.now -= 1

    def hash(self, *given: Any) -> str:
        return self.real.hash(*given)


async def test_where_there_is_no_hash_one_is_compared_all_the_same() -> None:
    passwords: Any = Argon2Passwords()
    watched = passwords._hasher = _Watched(passwords._hasher)
    assert not await passwords.fits("", "")
    assert not await passwords.fits("", PASSWORD)
    assert watched.count == 2


async def test_few_are_compared_at_once_however_many_ask() -> None:
    passwords: Any = Argon2Passwords()
    watched = passwords._hasher = _Watched(passwords._hasher)
    await asyncio.gather(*(passwords.fits("", PASSWORD) for _ in range(8)))
    assert (watched.count, watched.most <= AT_ONCE) == (8, True)
