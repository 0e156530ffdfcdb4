"""The list of requests."""

from datetime import timedelta

from tests.given import Given

PATH = "/v1/designation-requests"


async def _walk(person, query=""):
    seen, path, pages = [], f"{PATH}?limit=3{query}", 0
    while path:
        answered = await person.get(path)
        assert answered.status_code == 200, answered.text
        seen += [item["number"] for item in answered.json()["items"]]
        link = answered.headers.get("link")
        path = link.split(">")[0].removeprefix("<") if link else None
        assert (answered.json()["next_cursor"] is None) == (link is None)
        pages += 1
    return seen, pages


async def test_pages_by_cursor_hold_every_draft_once_in_every_order(given: Given):
    person = await given.member()
    made = []
    for n in range(8):
        made.append((await given.draft(person, {"title": f"Draft {n}"}))["number"])
        given.runtime.now.move(seconds=n % 2)  # some share an instant
    for sort in ("updated_at", "created_at"):
        up, pages = await _walk(person, f"&sort={sort}")
        down, _ = await _walk(person, f"&sort=-{sort}")
        assert pages == 3
        assert sorted(up) == sorted(made)
        assert up == down[::-1]


async def test_a_cursor_is_good_for_its_own_listing_and_caller_alone(given: Given):
    person, other = await given.member(), await given.member()
    for owner in (person, person, other, other):
        await given.draft(owner)
    cursor = (await person.get(f"{PATH}?limit=1")).json()["next_cursor"]
    assert (await person.get(f"{PATH}?limit=1&cursor={cursor}")).status_code == 200
    for caller, query in ((other, f"limit=1&cursor={cursor}"), (person, f"status=draft&cursor={cursor}"),
                          (person, f"cursor={cursor[:-3]}abc"), (person, "cursor=AAAA")):  # fmt: skip
        refused = await caller.get(f"{PATH}?{query}")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/cursor")


async def test_filters_and_words_choose_and_the_count_obeys_them(given: Given):
    person, stranger = await given.member(), await given.member()
    for title in ("Continuous tablets", "Flow chemistry", "Continuous perfusion"):
        await given.draft(person, {"title": title, "context_of_use": {"scope": "platform"}})
    await given.draft(stranger, {"title": "Continuous secret"})
    found = (await person.get(f"{PATH}?q=continuous&count=exact&limit=1")).json()
    assert (len(found["items"]), found["total"]) == (1, 2)
    assert (await person.get(f"{PATH}?scope=platform&count=exact")).json()["total"] == 3
    assert (await person.get(f"{PATH}?scope=product_class&count=exact")).json()["total"] == 0
    assert (await person.get(f"{PATH}?applicant={stranger.applicant_id}&count=exact")).json()["total"] == 0
    since = (given.runtime.now() + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    assert (await person.get(f"{PATH}?updated_since={since}")).json()["items"] == []


async def test_internal_filters_do_not_exist_for_an_applicant(given: Given):
    person, staff = await given.member(), await given.staff("coordinator")
    for query in ("state=submitted", f"assigned_to={person.id}"):
        assert (await person.get(f"{PATH}?{query}")).status_code == 422
        assert (await staff.get(f"{PATH}?{query}")).status_code == 200
