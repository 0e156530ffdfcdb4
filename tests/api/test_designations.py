"""Designations: who sees what of them, their history, and the public register."""

from typing import Any

import pytest

from app.domain import exact_json
from app.store.assignments import conflicts
from app.store.designations import designations
from tests.designation_given import CONTEXT, PATH, granted, move
from tests.given import Given, Person, sound_content
from tests.tables import snapshot

ITEMS = [{"what": "Comparability report CR-11", "dated": "2026-01-15"}]
BLA = {"kind": "BLA", "number": "BLA125001"}


async def authorized(given: Given, holder: Person, number: str, party: Person, **more: Any) -> dict[str, Any]:
    body = {
        "person": {"applicant_id": str(party.applicant_id)},
        "application": BLA,
        "items_covered": ITEMS,
        **more,
    }
    answered = await holder.post(f"{PATH}/{number}/authorizations", json=body)
    assert answered.status_code == 201, answered.text
    return {**answered.json(), "etag": answered.headers["etag"]}


async def test_a_granted_designation_is_whole_for_its_holder(given: Given):
    holder = await given.member()
    number = await granted(given, holder)
    shown = (await holder.get(f"{PATH}/{number}")).json()
    assert number == "AMTD-2026-00001"
    assert shown["status"] == "active"
    assert shown["context_of_use"] == CONTEXT
    assert shown["method"] == {"name": "Closed blending", "version": "2", "method_id": None}
    assert shown["granted_on"] == "2026-06-01"
    assert shown["center"] == "CBER"
    assert shown["designation_request"] == "AMT-2026-00001"
    assert (await holder.get(PATH)).json()["items"] == [shown]
    by_id = await holder.get(f"{PATH}/{shown['id']}")
    assert by_id.json() == shown


async def test_it_names_the_registered_method_that_its_request_named(given: Given):
    holder = await given.member()
    method = await holder.post(f"/v1/applicants/{holder.applicant_id}/methods", json={"name": "Expansion"})
    content = sound_content()
    content["method"]["method_id"] = method.json()["id"]
    draft = await holder.post(
        "/v1/designation-requests",
        content=exact_json.encode({"content": content}),
        headers={"Content-Type": "application/json"},
    )
    filed = await given.move(holder, draft.json()["number"], "submit")
    assert filed.status_code == 200, filed.text
    number = await granted(given, holder, filed=filed.json()["number"])
    shown = (await holder.get(f"{PATH}/{number}")).json()
    assert shown["method"]["method_id"] == method.json()["id"]


async def test_history_tells_each_side_what_it_may_know(given: Given):
    holder, counsel = await given.member(), await given.staff("counsel")
    number = await granted(given, holder)
    signed_off = await counsel.post(
        f"{PATH}/{number}/counsel-sign-offs", json={"for": "graduated", "note": "Ordinary by now."}
    )
    assert signed_off.status_code == 201, signed_off.text
    assert (await move(given, holder, number, "notify_change")).status_code == 200
    told = (await holder.get(f"{PATH}/{number}/history")).json()["items"]
    assert [each["what"] for each in told] == ["granted", "change_notified"]
    assert told[0]["by"] == {"kind": "program"}
    seen = (await counsel.get(f"{PATH}/{number}/history")).json()["items"]
    assert [each["what"] for each in seen] == ["granted", "signed_off", "change_notified"]
    assert seen[1]["by"] == {"kind": "program", "id": str(counsel.id)}
    first = await holder.get(f"{PATH}/{number}/history?limit=1")
    rest = await holder.get(f"{PATH}/{number}/history?cursor={first.json()['next_cursor']}")
    assert first.json()["items"] + rest.json()["items"] == told


async def test_an_internal_step_leaves_all_that_the_holder_sees_as_it_was(given: Given):
    holder, counsel = await given.member(), await given.staff("counsel")
    number = await granted(given, holder)
    paths = ("", "/history", "/actions", "/publication", "/transfers", "/citations", "/authorizations")

    async def all_seen():
        answers = [await holder.get(f"{PATH}/{number}{path}") for path in paths]
        answers.append(await holder.get(PATH))
        answers.append(await holder.get("/v1/designation-requests/AMT-2026-00001/timeline"))
        return [(each.headers["etag"], each.json()) for each in answers]

    before = await all_seen()
    for purpose in ("graduated", "ended_by_program"):
        made = await counsel.post(
            f"{PATH}/{number}/counsel-sign-offs", json={"for": purpose, "note": "As discussed."}
        )
        assert made.status_code == 201, made.text
    assert await all_seen() == before
    assert (await holder.get(f"{PATH}/{number}/counsel-sign-offs")).status_code == 404


async def test_a_change_stands_in_the_journal_of_the_request_while_its_applicant_holds(given: Given):
    holder = await given.member()
    number = await granted(given, holder)
    await move(given, holder, number, "notify_change")
    timeline = (await holder.get("/v1/designation-requests/AMT-2026-00001/timeline")).json()["items"]
    assert timeline[-1]["what"] == "designation_change_notified"


EVERYTHING = (
    ("GET", "", None),
    ("GET", "/history", None),
    ("GET", "/actions", None),
    ("GET", "/publication", None),
    ("PUT", "/publication", {"public": True}),
    ("GET", "/authorizations", None),
    ("POST", "/authorizations", {"person": {"name": "X"}, "application": BLA, "items_covered": ITEMS}),
    ("GET", "/authorizations/{authorization}", None),
    ("DELETE", "/authorizations/{authorization}", None),
    ("GET", "/citations", None),
    ("POST", "/citations", {"application": BLA, "cited_on": "2026-06-01"}),
    ("GET", "/citations/{citation}", None),
    ("PATCH", "/citations/{citation}", {"approved_on": "2026-06-01"}),
    ("GET", "/transfers", None),
    ("GET", "/transfers/{transfer}", None),
    ("DELETE", "/transfers/{transfer}", None),
    ("GET", "/counsel-sign-offs", None),
    ("POST", "/counsel-sign-offs", {"for": "graduated", "note": "Yes."}),
    ("POST", "/transitions?preview=true", {"name": "end_by_holder"}),
    ("POST", "/transitions", {"name": "notify_change", "change": "X", "effective_on": "2026-07-01",
                              "alters_context_of_use": False}),
)  # fmt: skip
# What a party that is authorized, and no more, can call at all.
FOR_A_PARTY = {"", "/citations"}


async def everything_of(given: Given, holder: Person, number: str) -> dict[str, str]:
    at, other = f"{PATH}/{number}", await given.member()
    made = {
        "authorization": await holder.post(f"{at}/authorizations", json=EVERYTHING[6][2]),
        "citation": await holder.post(f"{at}/citations", json=EVERYTHING[10][2]),
        "transfer": await holder.post(
            f"{at}/transfers", json={"to": str(other.applicant_id), "signature": given.signature(holder)}
        ),
    }
    assert all(each.status_code == 201 for each in made.values()), made
    return {name: each.json()["id"] for name, each in made.items()}


async def test_to_another_applicant_nothing_of_it_exists(given: Given):
    holder, stranger = await given.member(), await given.member()
    number = await granted(given, holder)
    ids = await everything_of(given, holder, number)
    before = await snapshot(given.runtime.database)
    for method, path, body in EVERYTHING:
        sent = {"headers": {"If-Match": "*"}, **({} if body is None else {"json": body})}
        answered = await stranger.call(method, f"{PATH}/{number}{path.format(**ids)}", **sent)
        assert answered.status_code == 404, f"{method} {path}: {answered.text}"
    signed = {"signature": given.signature(stranger)}
    for path, body in (
        ("transfers", {"to": str(stranger.applicant_id), **signed}),
        (f"transfers/{ids['transfer']}/acceptances", signed),
    ):
        assert (await stranger.post(f"{PATH}/{number}/{path}", json=body)).status_code == 404
    assert (await stranger.get(PATH)).json() == {"items": [], "next_cursor": None}
    assert (await stranger.get(f"{PATH}?holder={holder.applicant_id}")).json()["items"] == []
    assert await snapshot(given.runtime.database) == before


async def test_an_authorized_party_sees_its_own_part_alone(given: Given):
    holder, party, other = await given.member(), await given.member(), await given.member()
    number = await granted(given, holder)
    ids = await everything_of(given, holder, number)
    await authorized(given, holder, number, other, items_covered=[{**ITEMS[0], "what": "Another's report"}])
    mine = await authorized(given, holder, number, party)
    shown = await party.get(f"{PATH}/{number}")
    assert shown.json() == {
        "number": number,
        "url": f"{PATH}/{number}",
        "status": "active",
        "method": {"name": "Closed blending", "version": "2"},
        "context_of_use": CONTEXT,
        "holder": {"name": (await holder.get(f"{PATH}/{number}")).json()["holder"]["name"]},
        "authorizations": [
            {
                "id": mine["id"],
                "application": BLA,
                "items_covered": ITEMS,
                "from": "2026-06-01",
                "until": None,
            }
        ],
        "transfer_offer": None,
    }
    assert (await party.get(PATH)).json()["items"] == [shown.json()]
    for method, path, body in EVERYTHING:
        if path in FOR_A_PARTY or (method, path) == ("GET", "/transfers"):
            continue
        sent = {"headers": {"If-Match": "*"}, **({} if body is None else {"json": body})}
        answered = await party.call(method, f"{PATH}/{number}{path.format(**ids)}", **sent)
        assert answered.status_code == 404, f"{method} {path}: {answered.text}"
    for path in ("/transfers", "/citations"):
        assert (await party.get(f"{PATH}/{number}{path}")).json()["items"] == []


async def test_staff_see_all_but_where_they_declared_a_conflict(given: Given):
    holder, reviewer = await given.member(), await given.staff("reviewer")
    consultant = await given.staff("consultant")
    number = await granted(given, holder)
    assert (await reviewer.get(f"{PATH}/{number}")).json()["designation_request"] == "AMT-2026-00001"
    assert (await consultant.get(f"{PATH}/{number}")).status_code == 404
    async with given.runtime.database.writing() as db:
        request_id = (await db.execute(designations.select())).one().request_id
        row = {"person_id": reviewer.id, "request_id": request_id, "declared_at": given.runtime.now()}
        await db.execute(conflicts.insert(), row)
    for path in ("", "/history", "/citations", "/counsel-sign-offs"):
        assert (await reviewer.get(f"{PATH}/{number}{path}")).status_code == 404
    assert (await reviewer.get(PATH)).json()["items"] == []


async def test_the_list_is_filtered_and_paged_newest_first(given: Given):
    holder, staff = await given.member(), await given.staff("coordinator")
    numbers = [await granted(given, holder) for _ in range(3)]
    other = await granted(given, await given.member())
    await move(given, holder, numbers[1], "notify_change")

    async def listed(query: str) -> list[str]:
        return [each["number"] for each in (await staff.get(f"{PATH}?{query}")).json()["items"]]

    assert await listed("") == [other, *reversed(numbers)]
    assert await listed("status=update_pending") == [numbers[1]]
    assert await listed(f"holder={holder.applicant_id}") == numbers[::-1]
    first = (await staff.get(f"{PATH}?limit=3")).json()
    assert await listed(f"limit=3&cursor={first['next_cursor']}") == numbers[:1]


PUBLIC = "/v1/public/designations"


async def publish(holder: Person, number: str, **body: Any):
    at = f"{PATH}/{number}/publication"
    tag = (await holder.get(at)).headers["etag"]
    return await holder.put(at, json={"public": True, **body}, headers={"If-Match": tag})


async def test_the_register_holds_what_holders_agreed_to_publish_and_nothing_else(given: Given):
    holder, silent = await given.member(), await given.member()
    number, secret = await granted(given, holder), await granted(given, silent, "A context nobody may know")
    ids = await everything_of(given, holder, number)
    assert (await given.client.get(PUBLIC)).json() == {"items": [], "next_cursor": None}
    assert (await publish(holder, number, statement="For closed processing.")).status_code == 200
    shown = await given.client.get(PUBLIC)
    assert shown.json()["items"] == [
        {
            "number": number,
            "holder": (await holder.get(f"{PATH}/{number}")).json()["holder"]["name"],
            "method": "Closed blending",
            "context_of_use": CONTEXT,
            "center": "CBER",
            "granted_on": "2026-06-01",
            "status": "active",
            "statement": "For closed processing.",
        }
    ]
    for hidden in (secret, "AMT-2026-00001", str(holder.applicant_id), *ids.values()):
        assert hidden not in shown.text
    withdrawn = await publish(holder, number, public=False)
    assert withdrawn.json() == {"public": False, "as_of": None, "statement": None}
    assert (await given.client.get(PUBLIC)).json()["items"] == []


async def test_saying_the_same_again_is_no_change(given: Given):
    holder = await given.member()
    number = await granted(given, holder)
    await publish(holder, number)
    before = await snapshot(given.runtime.database)
    assert (await publish(holder, number)).status_code == 200
    assert await snapshot(given.runtime.database) == before


async def test_consent_can_be_for_a_day_to_come(given: Given, clock):
    holder = await given.member()
    number = await granted(given, holder)
    assert (await publish(holder, number, as_of="2026-06-03")).json()["as_of"] == "2026-06-03"
    assert (await given.client.get(PUBLIC)).json()["items"] == []
    clock.move(days=2)
    assert len((await given.client.get(PUBLIC)).json()["items"]) == 1


async def test_the_register_is_paged_and_its_cursor_tells_no_more_than_the_page(given: Given):
    holder = await given.member()
    numbers = [await granted(given, holder) for _ in range(3)]
    for number in (numbers[0], numbers[2]):
        await publish(holder, number)
    first = (await given.client.get(f"{PUBLIC}?limit=1")).json()
    rest = (await given.client.get(f"{PUBLIC}?cursor={first['next_cursor']}")).json()
    assert [each["number"] for each in first["items"] + rest["items"]] == [numbers[0], numbers[2]]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"public": True, "as_of": "2026-05-31"}, 422),
        ({"public": False, "statement": "Words without consent."}, 422),
        ({"statement": "Neither."}, 422),
        ({"public": "yes"}, 422),
    ],
)
async def test_a_publication_that_cannot_be_is_refused_and_changes_nothing(given: Given, body, status):
    holder = await given.member()
    number = await granted(given, holder)
    before = await snapshot(given.runtime.database)
    answered = await holder.put(f"{PATH}/{number}/publication", json=body, headers={"If-Match": "*"})
    assert answered.status_code == status, answered.text
    assert await snapshot(given.runtime.database) == before


async def test_only_a_signer_of_the_holder_publishes_and_only_over_what_it_saw(given: Given):
    holder, staff = await given.member(), await given.staff("coordinator", "signatory")
    preparer = await given.member("preparer", holder.applicant_id)
    number = await granted(given, holder)
    at = f"{PATH}/{number}/publication"
    for someone in (preparer, staff):
        refused = await someone.put(at, json={"public": True}, headers={"If-Match": "*"})
        assert refused.status_code == 403
    assert (await holder.put(at, json={"public": True})).status_code == 428
    assert (await holder.put(at, json={"public": True}, headers={"If-Match": '"old"'})).status_code == 412


async def test_granting_is_announced_to_both_sides(given: Given):
    holder = await given.member()
    endpoint = await given.endpoint(holder, statuses=["active"])
    number = await granted(given, holder)
    told = [
        each for each in await given.deliveries(holder, endpoint, "?limit=200") if each["subject"] == number
    ]
    assert {each["type"] for each in told} == {"designation.granted", "designation.status_changed"}
    only = await given.endpoint(holder, subjects=[number])
    await move(given, holder, number, "notify_change")
    await given.submitted(holder)
    assert {each["subject"] for each in await given.deliveries(holder, only)} == {number}
