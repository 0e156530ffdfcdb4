"""The workflow as it is published, tried whole: every transition from every state by every role."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from app.domain.calendars import civil_date
from app.domain.lifecycle import TRANSITIONS, State
from app.domain.policy import GRANTS, PROGRAM_PERMISSIONS, Audience, Permission, Role
from app.store.requests import requests
from tests.events import recorded
from tests.foretold import Before, Happened, letters_of, messages_of
from tests.given import CONTEXT, DECISIONS, Desk, Given, Person
from tests.tables import snapshot

PATH = "/v1/designation-requests"
MAILED = "mailed draft"  # a draft that came by mail, which its desk can see
LAPSED = "lapsed"  # under assessment, with questions that nobody answered
STATES = (*State, MAILED, LAPSED)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The table is the same for every database; the races are tried on both elsewhere."""
    return sqlite_url


@dataclass
class Cast:
    """One of each who may call, for one request."""

    people: dict[str, Person]
    desk: Desk
    signer: Person


async def cast(given: Given) -> Cast:
    signer, desk = await given.member(), await given.desk()
    people = {
        "signer": signer,
        "preparer": await given.member("preparer", signer.applicant_id),
        "lead": desk.lead,
        "signatory": desk.signatory,
        "second signatory": await given.staff("signatory"),
        **{role: await given.staff(role) for role in ("coordinator", "reviewer", "consultant")},
        **{role: await given.staff(role) for role in ("counsel", "auditor", "admin")},
    }
    return Cast(people, desk, signer)


async def mailed(given: Given, signer: Person) -> dict[str, Any]:
    draft = await given.ready_draft(signer)
    async with given.runtime.database.writing() as db:
        which = requests.c.number == draft["number"]
        values = {"mail_received_at": given.runtime.now() - timedelta(days=2), "on_desk": True}
        await db.execute(requests.update().where(which).values(**values))
    return draft


async def lapsed(given: Given, cast: Cast) -> dict[str, Any]:
    found = await given.asked(cast.signer, cast.desk, days=0)
    await given.let_lapse(found["number"])
    return found


async def reach(given: Given, cast: Cast, state: str) -> dict[str, Any]:
    """A request in the state, reached as the service reaches it."""
    signer, desk = cast.signer, cast.desk
    if state == MAILED:
        return await mailed(given, signer)
    if state == LAPSED:
        return await lapsed(given, cast)
    if state == State.TECHNICALLY_REJECTED:
        filed = await given.submitted(signer)
        arguments = arguments_of(given, cast)["reject_technically"]
        await given.move(desk.coordinator, filed["number"], "reject_technically", **arguments)
        return filed
    if state == State.WITHDRAWN:
        filed = await given.submitted(signer)
        await given.move(signer, filed["number"], "withdraw")
        return filed
    builders = {
        State.DRAFT: lambda: given.ready_draft(signer),
        State.SUBMITTED: lambda: given.submitted(signer),
        State.UNDER_ASSESSMENT: lambda: given.rated_under_assessment(signer, desk),
        State.INFORMATION_REQUESTED: lambda: given.asked(signer, desk),
        State.RECOMMENDED: lambda: given.recommended(signer, desk),
        State.DESIGNATED: lambda: given.decided(signer, desk),
        State.NOT_DESIGNATED: lambda: given.decided(signer, desk, "deny"),
    }
    return await builders[State(state)]()


def arguments_of(given: Given, cast: Cast) -> dict[str, dict[str, Any]]:
    """Arguments with which each transition succeeds where it is open."""
    soon = str(civil_date(given.runtime.now()) + timedelta(days=20))
    return {
        "submit": {},
        "register_mailed": {},
        "reject_technically": {
            "cause": "wrong_program",
            "note": "For another program.",
            "written_agreement": "Please treat it as sent elsewhere.",
        },
        "reinstate": {"note": "It is ours after all."},
        "accept": {"lead_center": "CBER", "lead_reviewer_id": str(cast.desk.lead.id)},
        "request_information": {"reply_by": soon, "questions": [{"text": "Which lots?"}]},
        "respond": {"answers": [{"question": n, "text": "As said."} for n in (1, 2)]},
        "lapse": {},
        "recommend": {"outcome": "designate", "context_of_use": CONTEXT},
        "return_to_assessment": {"note": "Say more."},
        "designate": DECISIONS["designate"],
        "deny": DECISIONS["deny"],
        "withdraw": {},
        "set_aside": {"note": "Read against the wrong margin."},
    }


# Who has the permission but not for this request.
NOT_THEM = {("recommend", "reviewer"), ("set_aside", "signatory")}


def expected(state: str, name: str, who: str) -> int:
    """What the published table, read by hand, has this caller get."""
    role = Role({"lead": "reviewer", "second signatory": "signatory"}.get(who, who))
    inside = who not in {"signer", "preparer"}
    if inside and (Permission.READ_REQUESTS not in GRANTS[role] or state == State.DRAFT):
        return 404
    if TRANSITIONS[name].permission not in GRANTS[role]:
        return 403
    if not opens(state, name):
        return 409
    if (name, who) in NOT_THEM:
        return 403
    # nobody has rated it where the questions lapsed
    return 409 if name == "recommend" and state == LAPSED else 200


def opens(state: str, name: str) -> bool:
    """Whether some arguments of somebody would do."""
    real = {MAILED: State.DRAFT, LAPSED: State.UNDER_ASSESSMENT}.get(state, state)
    waits = state in {State.INFORMATION_REQUESTED, LAPSED}
    held_back = (name == "respond" and not waits) or (name == "register_mailed" and state != MAILED)
    return real in TRANSITIONS[name].sources and not held_back


@pytest.mark.parametrize("state", STATES)
async def test_every_transition_from_a_state_by_every_role_does_what_the_table_says(given: Given, state):
    """Previewed and listed first; what is refused is refused in earnest too, and leaves no trace."""
    company = await cast(given)
    number = (await reach(given, company, state))["number"]
    arguments = arguments_of(given, company)
    told: dict[tuple[str, str], int] = {}
    for who, person in company.people.items():
        listed = await given_actions(person, number)
        for name in TRANSITIONS:
            previewed = await person.post(
                f"{PATH}/{number}/transitions?preview=true", json={"name": name, **arguments[name]}
            )
            told[who, name] = previewed.status_code
            mine = (TRANSITIONS[name].permission in PROGRAM_PERMISSIONS) == (
                who not in {"signer", "preparer"}
            )
            assert listed is None or listed.get(name) == (previewed.status_code == 200 if mine else None), (
                who,
                name,
                previewed.text,
            )
    assert told == {(who, name): expected(state, name, who) for who in company.people for name in TRANSITIONS}
    before = await snapshot(given.runtime.database)
    for (who, name), status in told.items():
        if status != 200:
            refused = await given.move(company.people[who], number, name, **arguments[name])
            assert refused.status_code == status, (who, name, refused.text)
    assert await snapshot(given.runtime.database) == before


async def given_actions(person: Person, number: str) -> dict[str, bool] | None:
    answered = await person.get(f"{PATH}/{number}/actions")
    if answered.status_code == 404:
        return None
    return {each["name"]: each["allowed"] for each in answered.json()["items"]}


def _insist_on_what_was_foretold(preview: dict[str, Any], came: Happened, side: Audience | None) -> None:
    """An applicant is told of its own messages, readers and letters alone; the program (None) of all."""
    assert letters_of(preview) == came.sent_to(side)
    if side is None:
        assert messages_of(preview) == came.told
    for told in messages_of(preview):
        assert told.readers
        assert any(told[:-1] == other[:-1] and told.readers <= other.readers for other in came.told)


ALLOWED = [
    (state, name, who)
    for state in STATES
    for name in TRANSITIONS
    for who in ("signer", "coordinator", "lead", "signatory", "second signatory")
    if expected(state, name, who) == 200
]


def test_every_transition_is_tried_but_what_time_alone_does():
    assert {name for _, name, _ in ALLOWED} == set(TRANSITIONS) - {"lapse"}


@pytest.mark.parametrize(("state", "name", "who"), ALLOWED)
async def test_what_the_table_allows_leads_where_it_says_and_as_the_preview_said(
    given: Given, state, name, who
):
    company = await cast(given)
    number = (await reach(given, company, state))["number"]
    person, arguments = company.people[who], arguments_of(given, company)[name]
    path = f"{PATH}/{number}/transitions"
    previewed = (await person.post(f"{path}?preview=true", json={"name": name, **arguments})).json()
    before = await recorded(given.runtime.database)
    lay = await Before.now(given)
    answered = await given.move(person, number, name, **arguments)
    assert answered.status_code == 200, answered.text
    after = answered.json()
    side = Audience.APPLICANT if who == "signer" else None
    _insist_on_what_was_foretold(previewed, await lay.happened(), side)
    shown = {key: value for key, value in previewed.items() if key in after and key != "content"}
    assert shown == {key: after[key] for key in shown}
    seen = await company.desk.coordinator.get(f"{PATH}/{number}")
    assert seen.json()["state"] == TRANSITIONS[name].target
    told = [(each["type"], each["data"]) for each in previewed["events"]]
    done = [
        each for each in (await recorded(given.runtime.database))[len(before) :] if side in {None, each[0]}
    ]
    assert [kind for kind, _ in told] == [kind for _, kind, _ in done]
    for (_, said), (_, _, data) in zip(told, done, strict=True):
        assert said.items() <= data.items()
