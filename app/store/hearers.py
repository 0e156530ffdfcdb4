"""Who may have to hear of a request, in one statement: the applicant's signers, who works on it, and the desks."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.notices import Hearer
from app.store.applicants import members
from app.store.assignments import assignments, recused
from app.store.people import people
from app.store.prepared import Prepared

_PARTS = {Hearer.LEAD: "lead", Hearer.TEAM: "team"}
_ROLES = {Hearer.COORDINATORS: "coordinator", Hearer.SIGNATORIES: "signatory"}


async def addresses(
    db: AsyncConnection, request_id: UUID, applicant_id: UUID, hearers: frozenset[Hearer]
) -> Sequence[Sequence[Any]]:
    """Hearer and address of each; nobody who is recused, no address that nobody confirmed."""
    if not hearers:
        return []
    values: dict[str, UUID] = {}
    if Hearer.SIGNERS in hearers:
        values["applicant"] = applicant_id
    if hearers - {Hearer.SIGNERS}:
        values["request"] = request_id
    return await _query(hearers).rows(db, values)


@lru_cache(maxsize=32)
def _query(hearers: frozenset[Hearer]) -> Prepared:
    return Prepared(union_all(*(_of(each) for each in sorted(hearers))))


def _of(hearer: Hearer) -> Select[Any]:
    who = select(literal(hearer.value, literal_execute=True), people.c.email)
    if hearer is Hearer.SIGNERS:
        return who.join(members, members.c.person_id == people.c.id).where(
            members.c.applicant_id == bindparam("applicant"),
            members.c.role == "signer",
            people.c.email_confirmed_at.is_not(None),
        )
    request: BindParameter[UUID] = bindparam("request", type_=assignments.c.request_id.type)
    if hearer in _PARTS:
        return who.join(assignments, assignments.c.person_id == people.c.id).where(
            assignments.c.request_id == request,
            assignments.c.part == _PARTS[hearer],
            assignments.c.ended_at.is_(None),
            people.c.active,
        )
    return who.where(
        people.c.kind == "staff",
        people.c.active,
        _has_role(_ROLES[hearer]),
        ~recused(people.c.id, request),
    )


def _has_role(role: str) -> ColumnElement[bool]:
    return (" " + people.c.staff_roles + " ").contains(f" {role} ")
