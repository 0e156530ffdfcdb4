"""Who may have to hear: an applicant's people, who works on a request, and the desks. Each is one select.

The same selects find the addresses of letters and the receipts of messages, so a letter and its message, and a preview
and its act, cannot come to differ.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.notices import Hearer
from app.domain.policy import MANDATE_GRANTS, Permission
from app.store.applicants import members
from app.store.assignments import assignments, recused
from app.store.mail_preferences import notification_preferences
from app.store.mandates import mandates
from app.store.messages import messages
from app.store.people import address_states, people
from app.store.prepared import Prepared

_PARTS = {Hearer.LEAD: "lead", Hearer.TEAM: "team"}
_ROLES = {
    Hearer.COORDINATORS: "coordinator",
    Hearer.DESK: "coordinator",
    Hearer.SIGNATORIES: "signatory",
}
_KINDS = (Uuid, Uuid, Uuid, Date, Uuid, Uuid)
_READS_MAIL = [scope.value for scope, may in MANDATE_GRANTS.items() if Permission.USE_MAILBOX in may]


class Reach(NamedTuple):
    """Of what, and at what desk: columns or parameters of a statement."""

    applicant: ColumnElement[Any]
    request: ColumnElement[Any]
    desk: ColumnElement[Any]  # its mailbox
    today: ColumnElement[Any]
    thread: ColumnElement[Any] = null()
    author: ColumnElement[Any] = null()  # of the message


class Heard(NamedTuple):
    """One who hears: in which mailbox it is found, where a letter goes (None: nowhere yet), and what was chosen."""

    hearer: Hearer
    person_id: UUID
    mailbox_id: UUID
    name: str
    email: str | None
    modes: str | None  # of mail, by class
    address_state: str | None  # None: nothing is known against the address


def reached(hearer: Hearer, of: Reach) -> Select[Any]:
    """Person and mailbox of each who hears as this; nobody who left or is recused. Columns of `people` can be added."""
    if hearer in {Hearer.SIGNERS, Hearer.MEMBERS}:
        found = select(people.c.id.label("person_id"), of.applicant.label("mailbox_id"))
        found = found.join(members, members.c.person_id == people.c.id)
        found = found.where(members.c.applicant_id == of.applicant, people.c.active)
        return found.where(members.c.role == "signer") if hearer is Hearer.SIGNERS else found
    if hearer is Hearer.AGENTS:
        return _agents(of)
    if hearer in _PARTS:
        found = select(people.c.id.label("person_id"), people.c.id.label("mailbox_id"))
        return found.join(assignments, assignments.c.person_id == people.c.id).where(
            assignments.c.request_id == of.request,
            assignments.c.part == _PARTS[hearer],
            assignments.c.ended_at.is_(None),
            people.c.active,
        )
    if hearer is Hearer.WRITERS:
        found = select(people.c.id.label("person_id"), people.c.id.label("mailbox_id")).distinct()
        found = found.join(messages, messages.c.by == people.c.id).where(messages.c.thread_id == of.thread)
        return found.where(_may_know(people, of))
    return _at_desk(hearer, of)


def _at_desk(hearer: Hearer, of: Reach) -> Select[Any]:
    found = select(people.c.id.label("person_id"), of.desk.label("mailbox_id")).where(_may_know(people, of))
    if hearer is Hearer.KEEPERS:
        return found.where(_keeps(of))
    found = found.where(_has_role(people, _ROLES[hearer]))
    if hearer is not Hearer.DESK:
        return found
    at_work = exists().where(assignments.c.request_id == of.request, assignments.c.ended_at.is_(None))
    return found.where(~at_work)


def _may_know(who: FromClause, of: Reach) -> ColumnElement[bool]:
    """Whether this is an active member of staff with no conflict of interest."""
    return and_(
        who.c.kind == literal_column("'staff'"),
        who.c.active,
        or_(of.request.is_(None), ~recused(who.c.id, of.request)),
    )


def _keeps(of: Reach) -> ColumnElement[bool]:
    """Coordinators where nobody but the author works on it; where none of them may know of it, signatories."""
    worker, other = people.alias("worker"), people.alias("other")
    worked_on = exists().where(
        assignments.c.request_id == of.request,
        assignments.c.ended_at.is_(None),
        worker.c.id == assignments.c.person_id,
        worker.c.active,
        or_(of.author.is_(None), worker.c.id != of.author),
    )
    any_coordinator = exists().where(
        _may_know(other, of),
        _has_role(other, "coordinator"),
        or_(of.author.is_(None), other.c.id != of.author),
    )
    stands_in = and_(_has_role(people, "signatory"), ~any_coordinator)
    return and_(~worked_on, or_(_has_role(people, "coordinator"), stands_in))


def _agents(of: Reach) -> Select[Any]:
    """The people of those who act for the applicant and may read its mail, as long as their mandate runs."""
    scopes = " " + mandates.c.scopes + " "
    return (
        select(people.c.id.label("person_id"), of.applicant.label("mailbox_id"))
        .join(members, members.c.person_id == people.c.id)
        .join(mandates, mandates.c.agent_id == members.c.applicant_id)
        .where(
            mandates.c.principal_id == of.applicant,
            mandates.c.revoked_at.is_(None),
            mandates.c.valid_from <= of.today,
            or_(mandates.c.valid_until.is_(None), mandates.c.valid_until >= of.today),
            or_(*(scopes.contains(literal(f" {each} ", literal_execute=True)) for each in _READS_MAIL)),
            people.c.active,
        )
    )


def _has_role(who: FromClause, role: str) -> ColumnElement[bool]:
    return (" " + who.c.staff_roles + " ").contains(literal(f" {role} ", literal_execute=True))


async def found(db: AsyncConnection, wanted: Iterable[Hearer], values: Mapping[str, Any]) -> list[Heard]:
    """Those who hear, in one statement, one row for each part in which they do; `values` by the names of `Reach`."""
    asked = frozenset(wanted)
    if not asked:
        return []
    needed = {name: values[name] for name in sorted(set().union(*map(_needs, asked)))}
    return [Heard(Hearer(row[0]), *row[1:]) for row in await _query(asked).rows(db, needed)]


@lru_cache(maxsize=64)
def _query(asked: frozenset[Hearer]) -> Prepared:
    of = Reach(*(bindparam(name, type_=kind) for name, kind in zip(Reach._fields, _KINDS, strict=True)))
    return Prepared(union_all(*(_with_address(each, of) for each in sorted(asked))))


def _needs(hearer: Hearer) -> tuple[str, ...]:
    if hearer in _PARTS:
        return ("request",)
    if hearer in _ROLES:
        return ("request", "desk")
    return ("applicant", "today") if hearer is Hearer.AGENTS else ("applicant",)


def _with_address(hearer: Hearer, of: Reach) -> Select[Any]:
    whole = reached(hearer, of)
    as_hearer = literal(hearer.value, literal_execute=True).label("hearer")
    address = case((people.c.email_confirmed_at.is_not(None), people.c.email), else_=null()).label("email")
    chosen, state = notification_preferences.c, address_states.c
    return (
        whole.with_only_columns(
            as_hearer, *whole.selected_columns, people.c.name, address, chosen.modes, state.state
        )
        .outerjoin(notification_preferences, chosen.person_id == people.c.id)
        .outerjoin(address_states, state.email_key == people.c.email_key)
    )
