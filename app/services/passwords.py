"""Passwords: argon2id, off the event loop, at most two at a time behind a bounded queue."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from app.domain.errors import TooMany

Result = TypeVar("Result")
AT_ONCE = 2
WAITING = 32


@dataclass(frozen=True)
class Cost:
    """What one hash costs. Default: OWASP's argon2id advice (19 MiB, two passes, one lane)."""

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1


PRODUCTION = Cost()


@dataclass
class Passwords:
    """Hashes and verifies. Raises TooMany when more than the queue holds are waiting."""

    cost: Cost = PRODUCTION
    _waiting: int = 0
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _trying: WeakValueDictionary[UUID, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def __post_init__(self) -> None:
        hasher = Argon2Hasher(
            time_cost=self.cost.passes, memory_cost=self.cost.memory_kib, parallelism=self.cost.lanes
        )
        self._argon2 = PasswordHash((hasher,))
        self._nobody: str | None = None

    def one_at_a_time(self, person_id: UUID) -> asyncio.Lock:
        """Held from looking at a person's password to counting what came of it, so that guesses cannot run abreast."""
        return self._trying.setdefault(person_id, asyncio.Lock())

    async def hash(self, password: str) -> str:
        return await self._queued(lambda: self._argon2.hash(password))

    async def verify(self, password: str, known: str | None) -> bool:
        """Whether the password is the one hashed as `known`; always false, as slowly, where there is none."""
        if self._nobody is None:
            # compared with when there is nobody, so that absence takes as long as a wrong password
            self._nobody = await self.hash("nobody's password")
        compared = known or self._nobody
        right = await self._queued(lambda: self._matches(password, compared))
        return right and known is not None

    def _matches(self, password: str, known: str) -> bool:
        try:
            return self._argon2.verify(password, known)
        except UnknownHashError:
            return False

    async def _queued(self, work: Callable[[], Result]) -> Result:
        if self._waiting >= WAITING:
            raise TooMany(
                "Too many passwords are being checked; try again shortly.", headers={"Retry-After": "2"}
            )
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1
