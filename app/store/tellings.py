"""Putting messages where they belong: thread, message, receipts and places, from one table of parameters.

Who hears is found by the statement itself, so what a call sends does not grow with how many people that are. On
PostgreSQL it all travels with whatever else a transaction writes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.notices import Hearer
from app.store.told import GIVEN, PEOPLE, ROW, Row, Told
from app.store.told_statements import FEW, Shape


@dataclass(slots=True)
class Telling:
    """Messages of one transaction, as a part of what it writes (`store.writes`)."""

    told: list[Told]

    @property
    def shape(self) -> tuple[Any, ...]:
        """What its statements depend on."""
        hears = frozenset[Hearer]().union(*(each.hears for each in self.told))
        return (
            Shape(
                hears,
                self._has_people,
                any(each.row.left_id for each in self.told),
                len(self.told) <= FEW,
                all(each.hears == hears for each in self.told),
            ),
            (),
        )

    @property
    def _has_people(self) -> bool:
        return any(each.people for each in self.told)

    def sent(self, dialect: Dialect) -> list[str]:
        return list(self._parameters(dialect).values())

    async def run(self, db: AsyncConnection) -> None:
        """One statement after the other, where the database takes only one at a time."""
        shape: Shape = self.shape[0]
        for statement in shape.one_by_one():
            await db.execute(statement, self._parameters(db.dialect))

    def _parameters(self, dialect: Dialect) -> dict[str, str]:
        parameters = GIVEN.sent(dialect, self._rows())
        if self._has_people:
            parameters |= PEOPLE.sent(dialect, self._named())
        return parameters

    def _rows(self) -> Iterable[Sequence[Any]]:
        last = {each.row.thread_id: each.row.message_id for each in self.told}
        count = dict.fromkeys(last, 0)
        for each in self.told:
            count[each.row.thread_id] += 1
        back = dict(count)
        for each in self.told:
            thread = each.row.thread_id
            back[thread] -= 1
            yield (*_cells(each.row), _written(each.hears), last[thread], count[thread], back[thread])

    def _named(self) -> Iterable[Sequence[Any]]:
        for each in self.told:
            for person, mailbox in each.people.items():
                yield each.row.message_id, person, mailbox


_cells: Callable[[Row], tuple[Any, ...]] = attrgetter(*ROW)


@lru_cache(maxsize=64)
def _written(hears: frozenset[Hearer]) -> str:
    return " ".join(sorted(hears))
