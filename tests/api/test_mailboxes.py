"""Mailboxes over HTTP: what lies where, who writes to whom, and what each side is shown of the other."""

import asyncio
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from app.domain.mailboxes import DESK_IDS, Desk
from app.services import broadcasts
from app.wiring import worker_of
from tests.files import pdf
from tests.given import Given
from tests.mailboxes import BOXES, begin, boxes, listed, mark, read, reply

REQUESTS = "/v1/designation-requests"


async def test_a_question_and_its_answer_go_to_and_fro(given: Given):
    owner = await given.member()
    colleague = await given.member("preparer", owner.applicant_id)
    coordinator = await given.staff("coordinator")
    thread = await begin(owner, owner.applicant_id)
    assert (thread["turn"], thread["owner"], thread["messages"]) == ("program", {"desk": "program"}, 1)
    desk = (await boxes(coordinator))["Program desk"]
    assert desk["unread"] == 1
    [line] = await listed(coordinator, desk["id"], "?unread=true")
    assert (line["id"], line["unread"], line["last"]["side"]) == (thread["id"], 1, "applicant")
    answer = await reply(coordinator, thread)
    assert (answer["seq"], answer["side"], answer["author"]["name"]) == (2, "program", coordinator.name)
    for person in (owner, colleague):
        [box] = (await boxes(person)).values()
        assert (box["id"], box["unread"]) == (str(owner.applicant_id), 1)
        whole = await read(person, thread)
        assert whole["turn"] == "applicant"
        assert [each["text"] for each in whole["items"]] == ["Do pilot runs count?", "They do."]
        assert coordinator.name not in str(whole)
        assert str(coordinator.id) not in str(whole)


async def test_what_the_program_opens_is_proof_for_the_applicant(given: Given):
    owner, coordinator = await given.member(), await given.staff("coordinator")
    thread = await begin(owner, owner.applicant_id)
    nothing = {"opened_at": None, "acknowledged_at": None}
    assert (await read(owner, thread))["items"][0]["proof"] == {"program": nothing}
    message = thread["items"][0]["id"]
    given.runtime.now.move(hours=1)
    marked = await coordinator.post(f"/v1/messages/{message}/receipts", json={"state": "acknowledged"})
    assert marked.status_code == 200, marked.text
    seen = (await read(owner, thread))["items"][0]["proof"]["program"]
    assert seen["opened_at"] == seen["acknowledged_at"] == marked.json()["opened_at"]
    await reply(coordinator, thread)
    marked = await owner.post(f"{thread['url']}/receipts", json={"state": "opened", "through": 2})
    assert marked.json() == {"marked": 2}
    proof = (await read(coordinator, thread))["items"][1]["proof"]["applicant"]
    assert [(each["person"]["name"], each["opened_at"] is not None) for each in proof] == [(owner.name, True)]


async def test_a_thread_about_a_request_names_it_and_its_files(given: Given):
    owner, desk = await given.member(), await given.desk()
    draft = (await given.ready_draft(owner))["number"]
    at = f"{REQUESTS}/{draft}/attachments"
    sent = await owner.post(at, files={"file": ("a.pdf", pdf())}, data={"kind": "other"})
    file = sent.json()["id"]
    early = {"subject": "Early", "text": "Is it enough?", "about": draft}
    refused = await owner.post(f"{BOXES}/{owner.applicant_id}/threads", json=early)
    assert refused.status_code == 409, refused.text
    assert (await given.move(owner, draft, "submit")).status_code == 200
    thread = await begin(owner, owner.applicant_id, about=draft, attachments=[file])
    about = {"kind": "designation_request", "number": draft, "url": f"{REQUESTS}/{draft}"}
    assert thread["about"] == about
    assert thread["items"][0]["files"] == [{"id": file, "url": f"{at}/{file}"}]
    lead = {"lead_center": "CBER", "lead_reviewer_id": str(desk.lead.id)}
    assert (await given.move(desk.coordinator, draft, "accept", **lead)).status_code == 200
    await reply(owner, thread, "One more thing.")
    [line] = [each for each in await listed(desk.lead, desk.lead.id) if each["id"] == thread["id"]]
    assert line["owner"] == {"desk": "cber", "lead": desk.lead.name}
    assert thread["id"] not in str(await listed(desk.coordinator, DESK_IDS[Desk.PROGRAM]))
    assert thread["id"] in str(await listed(desk.coordinator, DESK_IDS[Desk.CBER]))
    for body, pointer in (
        ({"attachments": [str(owner.id)]}, "/attachments/0"),
        ({"about": "AMT-2026-99999"}, "/about"),
        ({"applicant_id": str(owner.applicant_id)}, "/applicant_id"),
        ({"audience": "program"}, "/audience"),
    ):
        wrong = {"subject": "S", "text": "T", **body}
        refused = await owner.post(f"{BOXES}/{owner.applicant_id}/threads", json=wrong)
        assert refused.status_code == 422, refused.text
        assert [each["pointer"] for each in refused.json()["errors"]] == [pointer]


async def test_a_mark_is_set_once(given: Given):
    owner, coordinator = await given.member(), await given.staff("coordinator")
    thread = await begin(owner, owner.applicant_id)
    at = f"/v1/messages/{thread['items'][0]['id']}/receipts"
    first = (await coordinator.post(at, json={"state": "opened"})).json()
    given.runtime.now.move(hours=1)
    for state in ("opened", "acknowledged", "archived", "opened"):
        again = (await coordinator.post(at, json={"state": state})).json()
        assert again["opened_at"] == first["opened_at"]
    assert again["acknowledged_at"] == again["archived_at"] > first["opened_at"]


async def test_a_new_message_brings_an_archived_thread_back(given: Given):
    owner, coordinator = await given.member(), await given.staff("coordinator")
    thread = await begin(owner, owner.applicant_id)
    desk = (await boxes(coordinator))["Program desk"]["id"]
    body = {"state": "archived", "threads": [{"id": thread["id"], "through": 1}]}
    assert (await coordinator.post(f"{BOXES}/{desk}/receipts", json=body)).json() == {"marked": 1}
    assert [each["archived"] for each in await listed(coordinator, desk)] == [True]
    assert await listed(coordinator, desk, "?archived=false") == []
    await reply(owner, thread, "One more thing.")
    [back] = await listed(coordinator, desk, "?archived=false")
    assert (back["archived"], back["unread"]) == (False, 2)


async def test_changes_tell_of_messages_and_of_own_marks_and_of_nothing_else(given: Given):
    owner, coordinator = await given.member(), await given.staff("coordinator")
    thread = await begin(owner, owner.applicant_id)
    at = f"{BOXES}/{owner.applicant_id}/changes"
    began = (await owner.get(at)).json()
    assert began["items"] == []

    async def poll(since: str) -> dict[str, Any]:
        answered = await owner.get(at, params={"since": since})
        assert answered.status_code == 200, answered.text
        held = await owner.get(
            at, params={"since": since}, headers={"If-None-Match": answered.headers["etag"]}
        )
        assert held.status_code == 304
        found: dict[str, Any] = answered.json()
        return found

    assert (await poll(began["next"]))["items"] == []
    before = (await owner.get(at, params={"since": began["next"]})).headers["etag"]
    await reply(coordinator, thread)
    told = await poll(began["next"])
    stale = await owner.get(at, params={"since": began["next"]}, headers={"If-None-Match": before})
    assert stale.status_code == 200
    assert stale.json()["items"] == told["items"]
    assert [(each["id"], each["unread"]) for each in told["items"]] == [(thread["id"], 1)]
    assert (await poll(told["next"]))["items"] == []
    await owner.post(f"{thread['url']}/receipts", json={"state": "opened", "through": 2})
    marked = await poll(told["next"])
    assert [(each["id"], each["unread"]) for each in marked["items"]] == [(thread["id"], 0)]
    assert (await poll(marked["next"]))["items"] == []
    assert [each["unread"] for each in (await poll(began["next"]))["items"]] == [0]


async def test_a_broadcast_reaches_every_mailbox_once(given: Given):
    owners = [await given.member() for _ in range(3)]
    admin, reviewer = await given.staff("admin"), await given.staff("reviewer")
    body = {"subject": "The desk moves", "text": "To another floor.", "audience": "everyone"}
    sent = await admin.post("/v1/broadcasts", json=body)
    assert sent.status_code == 201, sent.text
    await worker_of(given.runtime).drain()
    for person, mailbox in (*((each, each.applicant_id) for each in owners), (reviewer, reviewer.id)):
        [line] = await listed(person, mailbox, "?unread=true")
        assert (line["subject"], line["about"]["kind"], line["turn"]) == (
            "The desk moves",
            "broadcast",
            "none",
        )
        assert (await read(person, line))["items"][0]["text"] == "To another floor."
    [kept] = (await admin.get("/v1/broadcasts")).json()["items"]
    assert (kept["reached"], kept["finished_at"] is not None) == (4, True)
    answered = await reply(
        owners[0], line | {"url": (await listed(owners[0], owners[0].applicant_id))[0]["url"]}
    )
    assert answered["seq"] == 2


async def test_whoever_registers_while_a_broadcast_is_valid_gets_it_too_and_nobody_twice(given: Given):
    early, coordinator = await given.member(), await given.staff("coordinator")
    until = given.runtime.now() + timedelta(hours=3)
    body = {"subject": "Soon", "text": "New forms.", "audience": "applicants", "until": until.isoformat()}
    assert (await coordinator.post("/v1/broadcasts", json=body)).status_code == 201
    workers = worker_of(given.runtime), worker_of(given.runtime)
    late = None
    for _ in range(5):
        await asyncio.gather(*(each.drain() for each in workers))
        late = late or await given.member()
        given.runtime.now.move(hours=1)
    too_late = await given.member()
    await workers[0].drain()
    for person, count in ((early, 1), (late, 1), (too_late, 0)):
        found = await listed(person, person.applicant_id)
        assert [each["messages"] for each in found] == [1] * count
    [kept] = (await coordinator.get("/v1/broadcasts")).json()["items"]
    assert (kept["reached"], kept["finished_at"] is not None) == (2, True)


async def test_a_broadcast_goes_on_where_a_step_was_cut_off(given: Given):
    """Each step is small; one that fails is rolled back whole and done again."""
    owners = [await given.member() for _ in range(7)]
    admin = await given.staff("admin")
    body = {"subject": "Soon", "text": "New forms.", "audience": "applicants"}
    id = (await admin.post("/v1/broadcasts", json=body)).json()["id"]
    facts: dict[str, Any] = {"broadcast_id": id, "n": 1, "after": None}
    database, now = given.runtime.database, given.runtime.now()

    async def cut_off() -> None:
        async with database.writing() as db:
            await broadcasts.step(db, facts, now, most=3)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await cut_off()
    for n in (1, 2, 3):
        async with database.writing() as db:
            await broadcasts.step(db, {**facts, "n": n}, now, most=3)
    for owner in owners:
        assert [each["messages"] for each in await listed(owner, owner.applicant_id)] == [1]


async def test_a_message_is_told_of_in_an_event_of_the_other_side_alone(given: Given):
    owner, desk = await given.member(), await given.desk()
    number = (await given.under_assessment(owner, desk))["number"]
    about = await begin(owner, owner.applicant_id, about=number, text="Confidential words.")
    general = await begin(desk.lead, desk.lead.id, applicant_id=str(owner.applicant_id), text="Other words.")
    await reply(owner, general, "An answer.")
    await reply(desk.lead, about, "Another answer.")
    await begin(desk.lead, desk.lead.id, about=number, audience="program")
    await worker_of(given.runtime).drain()
    for person, subjects in (
        (owner, [(general["id"], 1), (number, None)]),
        (desk.lead, [(number, None), (general["id"], 1)]),
    ):
        answered = await person.get("/v1/events?type=message.received")
        items = answered.json()["items"]
        assert [each["subject"] for each in items] == [subject for subject, _ in subjects]
        for each, (_, sequence) in zip(items, subjects, strict=True):
            assert each["data"]["url"].endswith(f"/v1/threads/{each['data']['thread_id']}")
            assert "words" not in str(each)
            assert "answer" not in str(each)
            if sequence is not None:
                assert each["data"]["sequence"] == sequence
        numbered = (await person.get(f"/v1/events?subject={number}")).json()["items"]
        counted = [each["data"]["sequence"] for each in numbered]
        assert counted == list(range(1, len(counted) + 1))


async def test_a_copy_by_mail_goes_to_whoever_has_not_opened_the_message(given: Given):
    owner = await given.member()
    quick, slow = await given.staff("coordinator"), await given.staff("coordinator")
    await worker_of(given.runtime).drain()
    thread = await begin(owner, owner.applicant_id, text="Confidential words.")
    await mark(quick, thread["url"], "opened", through=1)
    await worker_of(given.runtime).drain()
    folder = given.runtime.settings.data_dir / "mail"
    mails = [message_from_bytes(each.read_bytes(), policy=default) for each in folder.glob("*.eml")]
    [mail] = [each for each in mails if "a new message" in each["Subject"]]
    assert mail["To"] == slow.email
    body = mail.get_body(("plain",))
    assert body is not None
    assert thread["url"] in body.get_content()
    assert "Confidential" not in mail.as_string()
