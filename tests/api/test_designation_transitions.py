"""Transitions of a designation: every one from every state by every role, notices, sign-offs, and races."""

import asyncio
from datetime import date

import pytest

from app.domain.designation_lifecycle import FINAL, LIVE, STATUS_OF, TRANSITIONS, State
from app.domain.policy import GRANTS, PROGRAM_PERMISSIONS, Audience, Role
from app.store.designation_records import signatures
from app.store.designations import designations
from tests.designation_given import PATH, granted, move
from tests.events import recorded
from tests.foretold import Before, by_words, letters_of, messages_of
from tests.given import Given, Person
from tests.mail import letters
from tests.tables import snapshot

STAFF = ("coordinator", "reviewer", "consultant", "signatory", "counsel", "auditor", "admin")
OURS = ("signer", "preparer")
# What stands before anyone, beside the state: counsel's word and a notice long given.
AT_DESK = {"designation_change_notified", "designation_ended_by_holder"}
READY = {"notice_on": date(2026, 4, 1), "notice_reason": "It is no longer used."}


def test_every_state_has_itself_as_status_and_nothing_leaves_a_final_one():
    assert {state: state for state in State} == STATUS_OF
    assert not any(each.sources & FINAL for each in TRANSITIONS.values())
    assert {each.target for each in TRANSITIONS.values()} == set(State)
    assert frozenset(State) == LIVE | FINAL


async def someone(given: Given, role: str, holder):
    if role in OURS:
        return await given.member(role, holder.applicant_id)
    return await given.staff(role)


async def signed_off(given: Given, number: str) -> None:
    counsel = await given.staff("counsel")
    for purpose in ("ended_by_program", "graduated"):
        made = await counsel.post(
            f"{PATH}/{number}/counsel-sign-offs", json={"for": purpose, "note": "As discussed."}
        )
        assert made.status_code == 201, made.text


async def put(given: Given, number: str, state: State, **values) -> None:
    """As if the workflow had brought it there."""
    async with given.runtime.database.writing() as db:
        which = designations.c.number == number
        await db.execute(designations.update().where(which).values(state=state.value, **values))


@pytest.mark.parametrize("role", [*OURS, *STAFF])
async def test_every_transition_from_every_state_by_every_role_does_what_the_table_says(
    sqlite_given: Given, role
):
    given = sqlite_given
    holder = await given.member()
    number = await granted(given, holder)
    await signed_off(given, number)
    caller = await someone(given, role, holder)
    for transition in TRANSITIONS.values():
        for state in State:
            notice = {} if transition.name == "propose_end" else READY
            values = {"notice_on": None, "ended_on": None, "pending_change": None, **notice}
            await put(given, number, state, **values)
            before = await snapshot(given.runtime.database)
            answered = await move(given, caller, number, transition.name)
            shown = (transition.name, state, answered.text)
            if role in {"consultant", "admin"}:
                assert answered.status_code == 404, shown
            elif transition.permission not in GRANTS[Role(role)]:
                assert answered.status_code == 403, shown
            elif state not in transition.sources:
                assert answered.status_code == 409, shown
                assert answered.json()["code"] == "no-such-transition"
            else:
                assert answered.status_code == 200, shown
                assert answered.json()["status"] == transition.target
                continue
            assert await snapshot(given.runtime.database) == before, shown


async def authorized(holder: Person, number: str, person: dict[str, str]) -> None:
    item = {"what": "Report", "dated": "2026-01-15"}
    body = {"application": {"kind": "IND"}, "items_covered": [item], "person": person}
    made = await holder.post(f"{PATH}/{number}/authorizations", json=body)
    assert made.status_code == 201, made.text


@pytest.mark.parametrize("name", TRANSITIONS)
async def test_a_preview_says_what_then_happens_and_changes_nothing(given: Given, name):
    """To the program all of it; to the holder its own side, and that others hear."""
    holder, party = await given.member(), await given.member()
    agency = await given.member("signer", party.applicant_id)
    colleague = await given.member("preparer", holder.applicant_id)
    number = await granted(given, holder)
    await authorized(holder, number, {"applicant_id": str(party.applicant_id)})
    await authorized(holder, number, {"name": "A laboratory", "email": "desk@laboratory.example"})
    await signed_off(given, number)
    state = State.UPDATE_PENDING if name == "acknowledge_change" else State.ACTIVE
    pending = (
        '{"change":"A","effective_on":"2026-07-01","method_version":"3","notified_at":"2026-06-01T00:00:00Z"}'
    )
    notice = {} if name == "propose_end" else READY
    await put(
        given, number, state, **notice, pending_change=pending if name == "acknowledge_change" else None
    )
    by_holder = TRANSITIONS[name].permission not in PROGRAM_PERMISSIONS
    by = holder if by_holder else await given.staff("signatory", "reviewer")
    await given.staff("coordinator")
    before = await snapshot(given.runtime.database)
    answered = await move(given, by, number, name, preview=True)
    assert answered.status_code == 200, answered.text
    assert await snapshot(given.runtime.database) == before
    preview = answered.json()

    lay = await Before.now(given)
    told = len(await recorded(given.runtime.database))
    done = (await move(given, by, number, name)).json()
    assert {each: preview[each] for each in done} == done
    assert preview["from"] == state.value
    happened = [
        (kind, data)
        for audience, kind, data in (await recorded(given.runtime.database))[told:]
        if not by_holder or audience == "applicant"
    ]
    assert [each["type"] for each in preview["events"]] == [kind for kind, _ in happened]
    for said, (_, data) in zip(preview["events"], happened, strict=True):
        assert said["data"].items() <= data.items()

    ours = {str(each.id) for each in (holder, colleague)}
    came = await lay.happened()
    if not by_holder:
        assert messages_of(preview) == came.told
        assert letters_of(preview) == came.sent_to(None)
        return
    # of the program's desk nothing is foretold, of another applicant that it hears
    outside = [
        each._replace(readers=each.readers & ours) for each in came.told if each.template not in AT_DESK
    ]
    assert messages_of(preview) == sorted(outside, key=by_words)
    theirs = {party.email, agency.email}
    own = [each for each in came.sent_to(Audience.APPLICANT) if each.to not in theirs]
    assert letters_of(preview) == own
    shown = answered.text
    for other in (party, agency):
        assert other.email not in shown
        assert str(other.id) not in shown
    assert "@staff.example" not in shown


async def test_actions_name_what_the_caller_may_do_and_why_not_the_rest(given: Given):
    holder, signatory = await given.member(), await given.staff("signatory")
    number = await granted(given, holder)

    async def told(person):
        items = (await person.get(f"{PATH}/{number}/actions")).json()["items"]
        return {each["name"]: each["allowed"] or [why["code"] for why in each["reasons"]] for each in items}

    assert await told(holder) == {"notify_change": True, "end_by_holder": True}
    assert await told(signatory) == {
        "acknowledge_change": ["not-permitted", "wrong-state"],
        "propose_end": True,
        "withdraw_notice": ["no-notice"],
        "end_by_program": ["not-signed-off", "no-notice"],
        "graduate": ["not-signed-off"],
    }
    assert (await move(given, signatory, number, "propose_end")).status_code == 200
    assert (await told(signatory))["end_by_program"] == ["not-signed-off", "notice-running"]
    assert (await told(signatory))["propose_end"] == ["notice-given"]


async def test_a_change_is_notified_shown_and_taken_note_of(given: Given):
    holder, reviewer = await given.member(), await given.staff("reviewer")
    number = await granted(given, holder)
    pending = (await move(given, holder, number, "notify_change")).json()
    assert pending["status"] == "update_pending"
    assert pending["pending_change"]["effective_on"] == "2026-07-01"
    done = (await move(given, reviewer, number, "acknowledge_change")).json()
    assert (done["status"], done["pending_change"], done["method"]["version"]) == ("active", None, "3")
    told = await letters(given.runtime, holder.email)
    assert [each.template for each in told][-1] == "designation_change_acknowledged"


async def test_a_change_that_leaves_the_context_of_use_needs_a_new_request(given: Given):
    holder = await given.member()
    number = await granted(given, holder)
    before = await snapshot(given.runtime.database)
    refused = await move(given, holder, number, "notify_change", alters_context_of_use=True)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["rule"] == "new-request"
    assert await snapshot(given.runtime.database) == before


async def test_the_program_ends_it_thirty_days_after_notice_and_with_counsels_word(given: Given, clock):
    holder, signatory = await given.member(), await given.staff("signatory")
    party = await given.member()
    number = await granted(given, holder)
    item = {"what": "Report", "dated": "2026-01-15"}
    body = {"application": {"kind": "IND"}, "items_covered": [item]}
    person = {"applicant_id": str(party.applicant_id)}
    await holder.post(f"{PATH}/{number}/authorizations", json={"person": person, **body})
    assert (await party.get(f"{PATH}/{number}")).status_code == 200
    assert (await move(given, signatory, number, "end_by_program")).status_code == 409
    assert (await move(given, signatory, number, "propose_end")).status_code == 200
    notice = (await holder.get(f"{PATH}/{number}")).json()["notice"]
    reason = "The control strategy is no longer used."
    assert notice == {"given_on": "2026-06-01", "reason": reason, "end_from": "2026-07-01"}
    clock.move(days=29)
    await signed_off(given, number)
    early = await move(given, signatory, number, "end_by_program")
    assert [each["code"] for each in early.json()["reasons"]] == ["notice-running"]
    clock.move(days=1)
    ended = await move(given, signatory, number, "end_by_program")
    assert ended.status_code == 200, ended.text
    assert ended.json()["ended_on"] == "2026-07-01"
    # what it gave is frozen, and everyone concerned is told
    assert (await party.get(f"{PATH}/{number}")).status_code == 404
    [authorization] = (await holder.get(f"{PATH}/{number}/authorizations")).json()["items"]
    assert (authorization["holds"], authorization["revoked_at"]) == (False, None)
    assert {"designation_end_proposed", "designation_ended"} <= {
        each.template for each in await letters(given.runtime, holder.email)
    }
    assert [each.template for each in await letters(given.runtime, party.email)][
        -1
    ] == "designation_authorization_over"
    history = await holder.get(f"{PATH}/{number}/history")
    assert history.json()["items"][-1]["facts"]["reason"] == reason
    assert signatory.name not in history.text
    assert str(signatory.id) not in history.text


async def test_a_notice_that_is_taken_back_leaves_the_designation_as_it_was(given: Given, clock):
    holder, signatory = await given.member(), await given.staff("signatory")
    number = await granted(given, holder)
    await signed_off(given, number)
    await move(given, signatory, number, "propose_end")
    back = await move(given, signatory, number, "withdraw_notice")
    assert (back.json()["status"], back.json()["notice"]) == ("active", None)
    clock.move(days=40)
    refused = await move(given, signatory, number, "end_by_program")
    assert [each["code"] for each in refused.json()["reasons"]] == ["no-notice"]
    told = [each.template for each in await letters(given.runtime, holder.email)]
    assert told[-2:] == ["designation_end_proposed", "designation_notice_withdrawn"]


async def test_notice_without_counsels_word_ends_nothing(given: Given, clock):
    holder, signatory = await given.member(), await given.staff("signatory")
    number = await granted(given, holder)
    await move(given, signatory, number, "propose_end")
    clock.move(days=40)
    refused = await move(given, signatory, number, "end_by_program")
    assert [each["code"] for each in refused.json()["reasons"]] == ["not-signed-off"]


@pytest.mark.parametrize("name", [name for name, each in TRANSITIONS.items() if "signature" in each.requires])
async def test_a_signed_act_needs_a_signature_that_holds(given: Given, name):
    holder = await given.member()
    signatory = holder if name == "end_by_holder" else await given.staff("signatory")
    number = await granted(given, holder)
    await signed_off(given, number)
    if name == "end_by_program":
        await put(given, number, State.ACTIVE, **READY)
    before = await snapshot(given.runtime.database)
    for signature, status in ((None, 422), ({**given.signature(signatory), "step_up": "x.y"}, 403)):
        refused = await move(given, signatory, number, name, signature=signature)
        assert refused.status_code == status, refused.text
    assert await snapshot(given.runtime.database) == before
    assert (await move(given, signatory, number, name)).status_code == 200
    async with given.runtime.database.reading() as db:
        [row] = (await db.execute(signatures.select())).all()
    assert (row.act, row.printed_name, row.person_id) == (name, signatory.name, signatory.id)


async def test_a_stale_tag_moves_nothing(given: Given):
    holder, reviewer = await given.member(), await given.staff("reviewer")
    number = await granted(given, holder)
    tag = (await holder.get(f"{PATH}/{number}")).headers["etag"]
    body = {"name": "end_by_holder", "signature": given.signature(holder)}
    await move(given, holder, number, "notify_change")
    stale = await holder.post(f"{PATH}/{number}/transitions", json=body, headers={"If-Match": tag})
    assert stale.status_code == 412
    await move(given, reviewer, number, "acknowledge_change")


async def test_of_parallel_ends_one_wins(given: Given):
    holder, signatory = await given.member(), await given.staff("signatory")
    number = await granted(given, holder)
    await signed_off(given, number)
    await put(given, number, State.ACTIVE, **READY)
    acts = [(holder, "end_by_holder"), (signatory, "end_by_program"), (signatory, "graduate")] * 3
    answers = await asyncio.gather(*(move(given, who, number, name) for who, name in acts))
    assert sorted(each.status_code for each in answers) == [200, *[409] * 8]
    staff = await given.staff("auditor")
    history = (await staff.get(f"{PATH}/{number}/history")).json()["items"]
    ends = {"ended_by_holder", "ended_by_program", "graduated"}
    assert len([each for each in history if each["what"] in ends]) == 1
