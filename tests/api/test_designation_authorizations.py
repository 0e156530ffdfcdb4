"""Authorizations and citations: who may rely on a designation, for what, and which applications do."""

from uuid import uuid4

import pytest

from app.store.applicants import members
from tests.api.test_designation_transfers import offered
from tests.api.test_designations import BLA, ITEMS, authorized
from tests.designation_given import PATH, granted, move
from tests.given import Given
from tests.mail import letters
from tests.tables import snapshot


async def test_both_sides_are_told_by_letter(given: Given):
    holder, party = await given.member(), await given.member()
    number = await granted(given, holder)
    made = await authorized(given, holder, number, party)
    at = f"{PATH}/{number}/authorizations/{made['id']}"
    gone = await holder.delete(at, headers={"If-Match": (await holder.get(at)).headers["etag"]})
    assert gone.status_code == 204, gone.text
    for email in (holder.email, party.email):
        told = [each.template for each in await letters(given.runtime, email)]
        assert told[-2:] == ["designation_authorization_given", "designation_authorization_revoked"]
    for letter in await letters(given.runtime):
        assert not any(ITEMS[0]["what"] in fact for fact in letter.facts.values())


async def test_revocation_works_at_the_next_call_and_the_row_stays(given: Given):
    holder, party = await given.member(), await given.member()
    number = await granted(given, holder)
    made = await authorized(given, holder, number, party)
    at = f"{PATH}/{number}/authorizations/{made['id']}"
    assert (await party.get(f"{PATH}/{number}")).status_code == 200
    assert (await holder.delete(at)).status_code == 428
    assert (await holder.delete(at, headers={"If-Match": '"old"'})).status_code == 412
    assert (await holder.delete(at, headers={"If-Match": made["etag"]})).status_code == 204
    assert (await party.get(f"{PATH}/{number}")).status_code == 404
    assert (await party.get(PATH)).json()["items"] == []
    kept = (await holder.get(at)).json()
    assert (kept["holds"], kept["revoked_at"]) == (False, "2026-06-01T15:00:00.000000Z")
    before = await snapshot(given.runtime.database)
    again = await holder.delete(at, headers={"If-Match": "*"})
    assert again.status_code == 204
    assert await snapshot(given.runtime.database) == before


async def test_it_holds_from_its_first_day_to_its_last(given: Given, clock):
    holder, party = await given.member(), await given.member()
    number = await granted(given, holder)
    await authorized(given, holder, number, party, **{"from": "2026-06-02", "until": "2026-06-03"})
    seen = []
    for _ in range(4):
        seen.append((await party.get(f"{PATH}/{number}")).status_code)
        clock.move(days=1)
    assert seen == [404, 200, 200, 404]


async def test_someone_without_an_account_is_authorized_by_name(given: Given):
    holder = await given.member()
    number = await granted(given, holder)
    body = {
        "person": {"name": "Ellery Therapeutics", "email": "regulatory@ellery.example"},
        "application": {"kind": "IND"},
        "items_covered": ITEMS,
    }
    made = await holder.post(f"{PATH}/{number}/authorizations", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["person"] == {"applicant_id": None, **body["person"]}
    assert made.json()["application"] == {"kind": "IND", "number": None}
    [letter] = await letters(given.runtime, "regulatory@ellery.example")
    assert letter.facts["party"] == "Ellery Therapeutics"


SOMEONE = {"name": "Ellery Therapeutics"}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"application": {"kind": "BLA", "number": "125001"}}, "form"),
        ({"from": "2026-05-31"}, "today-or-later"),
        ({"from": "2026-06-10", "until": "2026-06-09"}, "from-or-later"),
        ({"until": "2026-05-31"}, "from-or-later"),
        ({"items_covered": [{"what": "Report", "dated": "2026-06-02"}]}, "not-in-the-future"),
        ({"items_covered": []}, "too_short"),
        ({"person": {}}, "value_error"),
        ({"person": {"applicant_id": "0198c6b2-7f6e-7c1a-9d53-2f1f5e6a7b80"}}, "unknown"),
        ({"person": {"applicant_id": "holder"}}, "other-than-holder"),
    ],
)
async def test_an_authorization_that_cannot_be_is_refused_and_leaves_no_trace(given: Given, change, rule):
    holder = await given.member()
    number = await granted(given, holder)
    if change.get("person", {}).get("applicant_id") == "holder":
        change = {"person": {"applicant_id": str(holder.applicant_id)}}
    before = await snapshot(given.runtime.database)
    body = {"person": SOMEONE, "application": BLA, "items_covered": ITEMS, **change}
    refused = await holder.post(f"{PATH}/{number}/authorizations", json=body)
    assert refused.status_code == 422, refused.text
    assert rule in {each["rule"].replace("-", "_") for each in refused.json()["errors"]} | {
        each["rule"] for each in refused.json()["errors"]
    }
    assert await snapshot(given.runtime.database) == before


async def test_only_a_signer_of_the_holder_gives_one_and_only_while_it_is_live(given: Given):
    holder, staff = await given.member(), await given.staff("coordinator", "signatory")
    preparer = await given.member("preparer", holder.applicant_id)
    number = await granted(given, holder)
    body = {"person": SOMEONE, "application": BLA, "items_covered": ITEMS}
    for someone in (preparer, staff):
        assert (await someone.post(f"{PATH}/{number}/authorizations", json=body)).status_code == 403
    await move(given, holder, number, "end_by_holder")
    assert (await holder.post(f"{PATH}/{number}/authorizations", json=body)).status_code == 409


async def test_an_unconfirmed_signer_authorizes_nobody_and_nothing_unknown_is_revoked(given: Given):
    holder = await given.member()
    newcomer = await given.member("signer", holder.applicant_id, confirmed=False)
    number = await granted(given, holder)
    body = {"person": SOMEONE, "application": BLA, "items_covered": ITEMS}
    refused = await newcomer.post(f"{PATH}/{number}/authorizations", json=body)
    assert refused.json()["code"] == "email-not-confirmed"
    for method in ("GET", "DELETE"):
        at = f"{PATH}/{number}/authorizations/{uuid4()}"
        assert (await holder.call(method, at, headers={"If-Match": "*"})).status_code == 404


async def test_of_too_many_authorizations_the_last_is_refused(given: Given, monkeypatch):
    monkeypatch.setattr("app.services.authorizations.MOST", 1)
    holder = await given.member()
    number = await granted(given, holder)
    body = {"person": SOMEONE, "application": BLA, "items_covered": ITEMS}
    answers = [await holder.post(f"{PATH}/{number}/authorizations", json=body) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 409]


async def cited(person, number: str, **body):
    return await person.post(
        f"{PATH}/{number}/citations", json={"application": BLA, "cited_on": "2026-06-01", **body}
    )


async def test_a_holder_cites_and_notes_the_approval(given: Given, clock):
    holder = await given.member()
    number = await granted(given, holder)
    made = await cited(holder, number)
    assert made.status_code == 201, made.text
    at, tag = f"{PATH}/{number}/citations/{made.json()['id']}", made.headers["etag"]
    clock.move(days=100)
    assert (await holder.patch(at, json={"approved_on": "2026-09-01"})).status_code == 428
    noted = await holder.patch(at, json={"approved_on": "2026-09-01"}, headers={"If-Match": tag})
    assert noted.json()["approved_on"] == "2026-09-01"
    stale = await holder.patch(at, json={"approved_on": None}, headers={"If-Match": tag})
    assert stale.status_code == 412
    back = await holder.patch(at, json={"approved_on": None}, headers={"If-Match": noted.headers["etag"]})
    assert back.json()["approved_on"] is None
    assert (await holder.get(at)).json() == back.json()


async def test_a_party_cites_within_its_authorization_and_nobody_else_sees_it(given: Given):
    holder, party, staff = await given.member(), await given.member(), await given.staff("coordinator")
    number = await granted(given, holder)
    made = await authorized(given, holder, number, party)
    before = (await holder.get(f"{PATH}/{number}/history")).json()
    refused = await cited(party, number, application={"kind": "BLA", "number": "BLA125002"})
    assert refused.json()["errors"][0]["rule"] == "not-authorized"
    answered = await cited(party, number)
    assert answered.status_code == 201, answered.text
    assert answered.json()["authorization_id"] == made["id"]
    assert (await holder.get(f"{PATH}/{number}/citations")).json()["items"] == []
    assert (await holder.get(f"{PATH}/{number}/citations/{answered.json()['id']}")).status_code == 404
    assert (await holder.get(f"{PATH}/{number}/history")).json() == before
    assert (await party.get(f"{PATH}/{number}/citations")).json()["items"] == [answered.json()]
    assert (await staff.get(f"{PATH}/{number}/citations")).json()["items"] == [answered.json()]


async def test_who_acts_for_several_parties_says_for_which_it_cites(given: Given):
    holder, party, other = await given.member(), await given.member(), await given.member()
    async with given.runtime.database.writing() as db:
        row = {"applicant_id": other.applicant_id, "person_id": party.id, "role": "signer"}
        await db.execute(members.insert(), {**row, "created_at": given.runtime.now()})
    number = await granted(given, holder)
    for each in (party, other):
        await authorized(given, holder, number, each)
    refused = await cited(party, number)
    assert refused.json()["errors"][0]["rule"] == "which"
    made = await cited(party, number, applicant=str(other.applicant_id))
    assert made.json()["applicant"]["id"] == str(other.applicant_id)


async def test_whoever_is_only_offered_it_cites_nothing(given: Given):
    holder, heir = await given.member(), await given.member()
    number = await granted(given, holder)
    await offered(given, holder, number, heir)
    assert (await heir.get(f"{PATH}/{number}")).status_code == 200
    assert (await cited(heir, number)).status_code == 404


async def test_a_coordinator_records_for_others_and_no_other_staff_does(given: Given):
    holder, party = await given.member(), await given.member()
    coordinator, reviewer = await given.staff("coordinator"), await given.staff("reviewer")
    number = await granted(given, holder)
    assert (await cited(reviewer, number)).status_code == 403
    assert (await cited(coordinator, number, applicant=str(uuid4()))).status_code == 422
    nobody = await cited(coordinator, number)
    assert (nobody.json()["applicant"], nobody.json()["recorded_by"]) == (None, "program")
    kind = {"kind": "supplement", "number": "NDA021234"}
    theirs = await cited(coordinator, number, application=kind, applicant=str(party.applicant_id))
    assert theirs.json()["applicant"]["id"] == str(party.applicant_id)
    at = f"{PATH}/{number}/citations/{theirs.json()['id']}"
    noted = await coordinator.patch(at, json={"approved_on": "2026-06-01"}, headers={"If-Match": "*"})
    assert noted.status_code == 200, noted.text
    refused = await reviewer.patch(at, json={"approved_on": None}, headers={"If-Match": "*"})
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ({"cited_on": "2026-05-31"}, "while-live"),
        ({"cited_on": "2026-06-02"}, "not-in-the-future"),
        ({"application": {"kind": "NDA", "number": "21234"}}, "form"),
        ({"authorization_id": "0198c6b2-7f6e-7c1a-9d53-2f1f5e6a7b80"}, "not-authorized"),
        ({"applicant": "0198c6b2-7f6e-7c1a-9d53-2f1f5e6a7b80"}, "own"),
    ],
)
async def test_a_citation_that_cannot_be_is_refused_and_leaves_no_trace(given: Given, body, rule):
    holder = await given.member()
    number = await granted(given, holder)
    before = await snapshot(given.runtime.database)
    refused = await cited(holder, number, **body)
    assert refused.status_code == 422, refused.text
    assert rule in {each["rule"] for each in refused.json()["errors"]}
    assert await snapshot(given.runtime.database) == before


async def test_one_application_cites_once_a_day_and_an_approval_comes_after(given: Given):
    holder = await given.member()
    number = await granted(given, holder)
    made = (await cited(holder, number)).json()
    assert (await cited(holder, number)).status_code == 409
    at = f"{PATH}/{number}/citations/{made['id']}"
    for day in ("2026-05-31", "2026-06-02"):
        refused = await holder.patch(at, json={"approved_on": day}, headers={"If-Match": "*"})
        assert refused.status_code == 422


async def test_after_its_end_only_the_program_records_what_was_cited_before(given: Given, clock):
    holder, coordinator = await given.member(), await given.staff("coordinator")
    number = await granted(given, holder)
    clock.move(days=10)
    await move(given, holder, number, "end_by_holder")
    clock.move(days=10)
    assert (await cited(holder, number)).status_code == 409
    assert (await cited(coordinator, number)).status_code == 201
    late = await cited(coordinator, number, cited_on="2026-06-15")
    assert late.json()["errors"][0]["rule"] == "while-live"
