"""Drafts over HTTP."""

from tests.given import Given

PATH = "/v1/designation-requests"


async def test_a_draft_has_its_number_and_address_from_the_first_keystroke(given: Given):
    person = await given.member()
    answered = await person.post(PATH, json={"content": {}})
    assert answered.status_code == 201
    body = answered.json()
    assert body["number"] == "AMT-2026-00001"
    assert answered.headers["location"] == f"{PATH}/AMT-2026-00001"
    by_number, by_id = await person.get(f"{PATH}/{body['number']}"), await person.get(f"{PATH}/{body['id']}")
    assert by_number.json() == by_id.json() == body


async def test_figures_keep_the_digits_they_were_sent_with(given: Given):
    person = await given.member()
    sent = (
        b'{"content":{"scalability":{"targets":[{"basis":"volume","quantity":{"value":1.500,"unit":"L"}}]}}}'
    )
    answered = await person.post(PATH, content=sent, headers={"Content-Type": "application/json"})
    assert answered.status_code == 201, answered.text
    assert '"value":1.500' in answered.text


async def test_amending_with_a_stale_tag_changes_nothing_and_names_the_current_one(given: Given):
    person = await given.member()
    draft = await given.draft(person, {"title": "One"})
    at = f"{PATH}/{draft['number']}"
    first = await person.patch(at, json={"content": {"title": "Two"}}, headers={"If-Match": draft["etag"]})
    assert first.status_code == 200
    stale = await person.patch(at, json={"content": {"title": "Three"}}, headers={"If-Match": draft["etag"]})
    assert stale.status_code == 412
    assert stale.json()["current_etag"] == first.headers["etag"] == stale.headers["etag"]
    assert (await person.get(at)).json()["content"]["title"] == "Two"
    assert (await person.patch(at, json={"content": {}})).status_code == 428


async def test_every_version_stays_readable_and_any_two_can_be_compared(given: Given):
    person = await given.member()
    draft = await given.draft(person, {"title": "One", "method": {"name": "A"}})
    at, tag = f"{PATH}/{draft['number']}", draft["etag"]
    for patch in ({"title": "Two"}, {"method": None}, {"title": "Four"}):
        tag = (await person.patch(at, json={"content": patch}, headers={"If-Match": tag})).headers["etag"]
    listed = (await person.get(f"{at}/versions")).json()["items"]
    assert [each["version"] for each in listed] == [4, 3, 2, 1]
    assert (await person.get(f"{at}/versions/1")).json()["content"] == {
        "title": "One",
        "method": {"name": "A"},
    }
    changes = (await person.get(f"{at}/versions/4/diff?from=1")).json()["changes"]
    assert {(each["op"], each["pointer"]) for each in changes} == {
        ("replace", "/content/title"),
        ("remove", "/content/method"),
    }


async def test_a_deleted_draft_is_gone_and_its_number_is_never_given_again(given: Given):
    person = await given.member()
    draft = await given.draft(person)
    at = f"{PATH}/{draft['number']}"
    assert (await person.delete(at)).status_code == 428
    assert (await person.delete(at, headers={"If-Match": draft["etag"]})).status_code == 204
    assert (await person.get(at)).status_code == 404
    assert (await given.draft(person))["number"] != draft["number"]


async def test_another_applicant_and_the_staff_cannot_tell_a_draft_from_nothing(given: Given):
    draft = await given.draft(await given.member())
    strangers = [
        await given.member(),
        await given.staff("coordinator"),
        await given.staff("auditor", "admin"),
    ]
    for stranger in strangers:
        for path in (f"{PATH}/{draft['number']}", f"{PATH}/{draft['id']}", f"{PATH}/{draft['id']}/versions"):
            hidden, absent = await stranger.get(path), await stranger.get(f"{PATH}/AMT-2026-99999")
            assert hidden.status_code == absent.status_code == 404
            assert hidden.json()["detail"] == absent.json()["detail"]


async def test_repeating_a_call_with_its_key_repeats_the_answer_and_not_the_act(given: Given):
    person = await given.member()
    key = {"Idempotency-Key": '"a-key"'}
    first = await person.post(PATH, json={"content": {"title": "One"}}, headers=key)
    again = await person.post(PATH, json={"content": {"title": "One"}}, headers=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["etag"] == first.headers["etag"]
    other = await person.post(PATH, json={"content": {"title": "Two"}}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
