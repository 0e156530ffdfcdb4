"""Applicants: who sees them, who changes them, and a person that acts for several."""

import asyncio

from app.store.logs import access_log
from tests.given import Given
from tests.tables import snapshot

PATH = "/v1/applicants"
NEW = {"name": "Fenwick Analytics", "type": "analytical_vendor", "country": "GB"}


async def test_a_person_opens_another_applicant_and_is_its_signer(given: Given):
    person = await given.member("preparer")
    made = await person.post(PATH, json=NEW)
    assert made.status_code == 201, made.text
    body = made.json()
    assert made.headers["location"] == f"{PATH}/{body['id']}"
    assert (body["name"], body["type"], body["identifiers"]) == ("Fenwick Analytics", "analytical_vendor", {})
    mine = (await person.get("/v1/me")).json()["applicants"]
    assert {each["id"]: "manage applicant" in each["permissions"] for each in mine} == {
        str(person.applicant_id): False,
        body["id"]: True,
    }


async def test_one_who_has_not_confirmed_an_address_opens_another_too(given: Given):
    person = await given.member(confirmed=False)
    assert (await person.post(PATH, json=NEW)).status_code == 201


async def test_staff_and_keys_that_cannot_write_open_none(given: Given):
    staff = await given.staff("coordinator", "admin")
    reader = await given.member(scopes="requests:read")
    before = await snapshot(given.runtime.database)
    for caller in (staff, reader):
        refused = await caller.post(PATH, json=NEW)
        assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")
    assert await snapshot(given.runtime.database) == before


async def test_with_two_applicants_a_draft_says_for_which(given: Given):
    person = await given.member()
    other = (await person.post(PATH, json=NEW)).json()["id"]
    unsaid = await person.post("/v1/designation-requests", json={"content": {}})
    assert unsaid.json()["errors"][0]["pointer"] == "/applicant_id"
    said = await person.post("/v1/designation-requests", json={"content": {}, "applicant_id": other})
    assert said.json()["applicant"]["id"] == other


async def test_a_merge_patch_changes_what_it_names_and_removes_what_is_null(given: Given):
    person = await given.member()
    at = f"{PATH}/{person.applicant_id}"
    tag = (await person.get(at)).headers["etag"]
    patch = {"identifiers": {"duns": "123456789", "fei": {"none_because": "Not registered yet."}}}
    first = await person.patch(at, json=patch, headers={"If-Match": tag})
    assert (first.status_code, first.json()["identifiers"]) == (200, patch["identifiers"]), first.text
    second = await person.patch(
        at,
        json={"name": "Renamed", "country": None, "identifiers": {"fei": None}},
        headers={"If-Match": first.headers["etag"]},
    )
    body = second.json()
    assert (body["name"], body["country"], body["identifiers"]) == ("Renamed", None, {"duns": "123456789"})
    read = await person.get(at)
    assert (read.json(), read.headers["etag"]) == (body, second.headers["etag"])
    held = await person.get(at, headers={"If-None-Match": read.headers["etag"]})
    assert held.status_code == 304


async def test_a_patch_needs_the_present_tag(given: Given):
    person = await given.member()
    at = f"{PATH}/{person.applicant_id}"
    tag = (await person.get(at)).headers["etag"]
    assert (await person.patch(at, json={"name": "B"})).status_code == 428
    answers = await asyncio.gather(
        *(person.patch(at, json={"name": name}, headers={"If-Match": tag}) for name in ("A", "B", "C"))
    )
    assert sorted(each.status_code for each in answers) == [200, 412, 412]
    stale = next(each for each in answers if each.status_code == 412)
    assert stale.json()["current_etag"] == (await person.get(at)).headers["etag"]


async def test_what_cannot_be_is_refused_and_changes_nothing(given: Given):
    person = await given.member()
    at = f"{PATH}/{person.applicant_id}"
    tag = (await person.get(at)).headers["etag"]
    before = await snapshot(given.runtime.database)
    for patch in (
        {"name": None},
        {"type": None},
        {"type": "other"},
        {"country": "us"},
        {"name": "a\u202eb"},
        {"identifiers": {"duns": "1"}},
        {"owner": "me"},
        [],
    ):
        refused = await person.patch(at, json=patch, headers={"If-Match": tag})
        assert refused.status_code == 422, patch
    assert await snapshot(given.runtime.database) == before
    fine = {"type": "other", "type_detail": "a charity"}
    assert (await person.patch(at, json=fine, headers={"If-Match": tag})).status_code == 200


async def test_a_change_of_type_reaches_drafts_and_leaves_what_was_filed(given: Given):
    person = await given.member()
    filed, draft = await given.submitted(person), await given.draft(person)
    at = f"{PATH}/{person.applicant_id}"
    tag = (await person.get(at)).headers["etag"]
    await person.patch(at, json={"type": "cdmo"}, headers={"If-Match": tag})
    types = {
        number: (await person.get(f"/v1/designation-requests/{number}")).json()["applicant"]["type"]
        for number in (filed["number"], draft["number"])
    }
    assert types == {filed["number"]: "technology_developer", draft["number"]: "cdmo"}


async def test_a_preparer_sees_and_does_not_change(given: Given):
    signer = await given.member()
    preparer = await given.member("preparer", signer.applicant_id)
    at = f"{PATH}/{signer.applicant_id}"
    tag = (await preparer.get(at)).headers["etag"]
    refused = await preparer.patch(at, json={"name": "B"}, headers={"If-Match": tag})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")


async def test_anothers_applicant_is_as_absent_as_one_that_never_was(given: Given):
    person, other = await given.member(), await given.member()
    never = str(other.applicant_id)[:-1] + ("0" if str(other.applicant_id)[-1] != "0" else "1")
    headers = {"If-Match": "*"}
    for method, below, sent in (
        ("GET", "", {}),
        ("PATCH", "", {"json": {"name": "B"}, "headers": headers}),
        ("GET", "/members", {}),
        ("POST", "/members", {"json": {"email": "a@b.example", "role": "signer"}}),
        ("GET", f"/members/{other.id}", {}),
        ("PATCH", f"/members/{other.id}", {"json": {"role": "preparer"}, "headers": headers}),
        ("DELETE", f"/members/{other.id}", {"headers": headers}),
        ("GET", "/invitations", {}),
    ):
        theirs = await person.call(method, f"{PATH}/{other.applicant_id}{below}", **sent)
        absent = await person.call(method, f"{PATH}/{never}{below}", **sent)
        assert theirs.status_code == absent.status_code == 404, (method, below)
        bodies = [
            {name: member for name, member in each.json().items() if name not in {"instance", "request_id"}}
            for each in (theirs, absent)
        ]
        assert bodies[0] == bodies[1]


async def test_the_list_shows_ones_own_page_by_page(given: Given):
    person, stranger = await given.member(), await given.member()
    own = [str(person.applicant_id)]
    own += [(await person.post(PATH, json=NEW)).json()["id"] for _ in range(4)]
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await person.get(PATH, params=query)).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == own
    assert [each["id"] for each in (await stranger.get(PATH)).json()["items"]] == [str(stranger.applicant_id)]


async def test_staff_sees_an_applicant_once_it_has_filed_and_its_look_is_noted(given: Given):
    person = await given.member()
    staff, admin = await given.staff("coordinator"), await given.staff("admin")
    at = f"{PATH}/{person.applicant_id}"
    await given.draft(person)
    assert (await staff.get(at)).status_code == 404
    assert (await staff.get(PATH)).json()["items"] == []
    await given.submitted(person)
    assert (await staff.get(at)).status_code == 200
    assert [each["id"] for each in (await staff.get(PATH)).json()["items"]] == [str(person.applicant_id)]
    assert (await admin.get(at)).status_code == 404
    for below in ("/members", "/invitations"):
        assert (await staff.get(at + below)).status_code == 404
    async with given.runtime.database.reading() as db:
        looks = (await db.execute(access_log.select())).all()
    assert [(each.person_id, each.subject_id) for each in looks] == [(staff.id, person.applicant_id)]
