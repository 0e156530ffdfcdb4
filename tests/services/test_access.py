"""What a caller may do for whom: membership, mandate and scopes against a plain model of them."""

from datetime import date, timedelta
from itertools import combinations
from uuid import UUID

from hypothesis import given as property_of
from hypothesis import strategies as st

from app.domain.calendars import civil_date
from app.domain.identity import new_id
from app.domain.policy import (
    GRANTS,
    MANDATE_GRANTS,
    SCOPE_OF,
    Actor,
    Audience,
    MandateScope,
    Permission,
    Role,
    Scope,
    Standing,
)
from app.services import access
from app.store.applicants import members
from app.store.mandates import mandates
from tests.given import Given, Person

SUBSETS = [each for size in range(1, 6) for each in combinations(MandateScope, size)]


def mandate(
    given: Given, principal: UUID, agent: UUID, scopes: tuple[MandateScope, ...], **more: object
) -> dict:
    return {
        "id": new_id(),
        "principal_id": principal,
        "agent_id": agent,
        "scopes": " ".join(scopes),
        "valid_from": date(2026, 1, 1),
        "valid_until": None,
        "created_at": given.runtime.now(),
        "revoked_at": None,
        **more,
    }


async def standings(given: Given, person: Person) -> dict[UUID, frozenset[Permission]]:
    async with given.runtime.database.reading() as db:
        actor = await access.identify(db, given.runtime.keyring, person.key, given.runtime.now())
    return {each.id: each.permissions for each in actor.standings.values()}


async def test_an_agent_may_what_its_mandate_names_as_far_as_its_own_role_reaches(given: Given):
    agent = await given.applicant()
    persons = {role: await given.member(role, agent) for role in (Role.PREPARER, Role.SIGNER)}
    principals = {await given.applicant(): subset for subset in SUBSETS}
    async with given.runtime.database.writing() as db:
        rows = [mandate(given, principal, agent, subset) for principal, subset in principals.items()]
        await db.execute(mandates.insert(), rows)
    for role, person in persons.items():
        held = await standings(given, person)
        assert held.pop(agent) == GRANTS[role]
        for principal, subset in principals.items():
            named = frozenset(each for scope in subset for each in MANDATE_GRANTS[scope])
            assert held.pop(principal) == named & GRANTS[role], (role, subset)
        assert held == {}


async def test_two_mandates_add_up_and_membership_adds_to_a_mandate(given: Given):
    person = await given.member("signer")
    agent, principal = person.applicant_id, await given.applicant()
    async with given.runtime.database.writing() as db:
        rows = [
            mandate(given, principal, agent, (MandateScope.DRAFT,)),
            mandate(given, principal, agent, (MandateScope.SUBMIT,)),
        ]
        await db.execute(mandates.insert(), rows)
    both = MANDATE_GRANTS[MandateScope.DRAFT] | MANDATE_GRANTS[MandateScope.SUBMIT]
    assert (await standings(given, person))[principal] == both
    async with given.runtime.database.writing() as db:
        row = {"applicant_id": principal, "person_id": person.id, "role": "preparer"}
        await db.execute(members.insert(), {**row, "created_at": given.runtime.now()})
    assert (await standings(given, person))[principal] == both | GRANTS[Role.PREPARER]


async def test_a_mandate_holds_from_its_first_to_its_last_day_in_new_york_unless_ended(given: Given):
    person = await given.member("signer")
    given.runtime.now.move(hours=12)  # 03:00 UTC on 2 June is still 1 June in New York
    today = civil_date(given.runtime.now())
    assert today == date(2026, 6, 1)
    day = timedelta(days=1)
    cases = [
        ({"valid_from": today}, True),
        ({"valid_from": today + day}, False),
        ({"valid_until": today}, True),
        ({"valid_until": today - day}, False),
        ({"revoked_at": given.runtime.now()}, False),
    ]
    for more, holds in cases:
        principal = await given.applicant()
        async with given.runtime.database.writing() as db:
            row = mandate(given, principal, person.applicant_id, (MandateScope.READ,), **more)
            await db.execute(mandates.insert(), row)
        assert (principal in await standings(given, person)) is holds, more


async def test_an_agents_agent_and_its_machines_have_no_part_in_a_mandate(given: Given):
    agent, further = await given.member(), await given.member()
    principal = await given.applicant()
    async with given.runtime.database.writing() as db:
        every = tuple(MandateScope)
        rows = [
            mandate(given, principal, agent.applicant_id, every),
            mandate(given, agent.applicant_id, further.applicant_id, every),
        ]
        await db.execute(mandates.insert(), rows)
    assert principal in await standings(given, agent)
    assert principal not in await standings(given, further)
    made = await agent.post(
        f"/v1/applicants/{agent.applicant_id}/api-keys", json={"label": "LIMS", "scopes": ["requests:read"]}
    )
    machine = Person(agent.id, "LIMS", "", made.json()["api_key"], agent.key_id, given.client)
    assert set(await standings(given, machine)) == {agent.applicant_id}


@property_of(st.sets(st.sampled_from(Scope)), st.sampled_from((Role.PREPARER, Role.SIGNER)))
def test_a_key_can_do_no_more_than_its_owner_and_of_that_only_what_its_scopes_name(scopes, role):
    here, elsewhere = new_id(), new_id()
    standing = Standing(here, "A", "cdmo", GRANTS[role])
    actor = Actor(
        new_id(), new_id(), "A", Audience.APPLICANT, scopes=frozenset(scopes), standings={here: standing}
    )
    for permission in Permission:
        expected = permission in GRANTS[role] and SCOPE_OF[permission] in scopes
        assert actor.may(permission, here) is expected
        assert not actor.may(permission, elsewhere)
        assert not actor.may(permission)
