"""What every workflow is made of: transitions as rows of a table, and the reasons why one is not open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from app.domain.policy import Permission

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Transition(Generic[S]):
    """A row: from where, to where, who may, what it must be given, what may be given, and what else must hold."""

    name: str
    sources: frozenset[S]
    target: S
    permission: Permission
    requires: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    guard: str = ""
    summary: str = ""
    keeps: frozenset[S] = frozenset()  # sources that it leaves as they are
    also: Permission | None = None  # another permission that is as good

    @property
    def permissions(self) -> frozenset[Permission]:
        """Any one of these is enough."""
        return frozenset(each for each in (self.permission, self.also) if each is not None)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an action is blocked: a stable code and a sentence. `told_by_plan`: the act itself refuses it, in full."""

    code: str
    detail: str
    told_by_plan: bool = False


@dataclass(frozen=True, slots=True)
class Workflow(Generic[S]):
    """A published workflow: its table, where it begins, which states end it, and what an applicant is told of each."""

    name: str
    version: int
    title: str
    initial: S
    final: frozenset[S]
    status_of: Mapping[S, str]
    transitions: Mapping[str, Transition[S]]

    @property
    def states(self) -> Iterable[S]:
        return self.status_of.keys()


def row(
    name: str,
    sources: Iterable[S],
    target: S,
    permission: Permission,
    requires: tuple[str, ...] = (),
    accepts: tuple[str, ...] = (),
    *,
    summary: str,
    guard: str = "",
    keeps: Iterable[S] = (),
    also: Permission | None = None,
) -> Transition[S]:
    sources, kept = frozenset(sources), frozenset(keeps)
    return Transition(name, sources, target, permission, requires, accepts, guard, summary, kept, also)


def table(*rows: Transition[S]) -> Mapping[str, Transition[S]]:
    """The rows by name. Raises ValueError for a name given twice."""
    named = {each.name: each for each in rows}
    if len(named) != len(rows):
        raise ValueError("two transitions share a name")
    return named


def blocked_by_state(transition: Transition[S], state: S, shown: str) -> list[Reason]:
    """The reason that the present state gives, in the words its audience knows (`shown`), or none."""
    if state in transition.sources:
        return []
    return [Reason("wrong-state", f"Not open while it is {shown.replace('_', ' ')}.")]
