"""Receipts both ways: in the package and in the timeline each side finds that and when the other opened its mail."""

import pytest

from app.domain.policy import Scope
from tests.exchanges import mark, thread_of, write
from tests.given import Given, Person
from tests.packages import PATH, document, package, unpacked
from tests.statements import heard


async def correspondence(person: Person, number: str) -> list[dict]:
    return document(await package(person, number), "correspondence.json")["items"]


async def passed(person: Person, number: str) -> list[tuple[str, str, dict]]:
    """What the timeline says of mail."""
    items = (await person.get(f"{PATH}/{number}/timeline")).json()["items"]
    assert items == document(await package(person, number), "timeline.json")["items"]
    assert items == sorted(items, key=lambda each: each["at"])
    return [
        (each["at"], each["what"], each["actor"]) for each in items if each["what"].startswith("message_")
    ]


async def test_a_side_learns_that_the_other_opened_its_mail_and_the_program_who(given: Given, clock):
    person, company = await given.member(), await given.desk()
    colleague = await given.member("preparer", person.applicant_id)
    number = (await given.under_assessment(person, company))["number"]
    thread = await thread_of(given, number)
    clock.move(hours=1)
    await write(
        given, thread, person, "When do we hear from you?", company.lead, company.coordinator, colleague
    )
    clock.move(hours=1)
    assert await mark(given, thread, company.lead, "opened") == 1
    clock.move(hours=1)
    await mark(given, thread, company.coordinator, "opened", "acknowledged")
    await write(given, thread, company.lead, "By June.", person, colleague)
    clock.move(hours=1)
    await mark(given, thread, colleague, "opened", "acknowledged")
    at = [f"2026-06-01T{hour}:00:00.000000Z" for hour in range(15, 20)]

    program, ours = {"kind": "program"}, {"kind": "person", "id": str(person.id)}
    theirs = {"kind": "person", "id": str(colleague.id)}
    told = await passed(person, number)
    # acts were told to both sides at 15:00; those messages the program opened at 18:00, and the colleague at 19:00
    assert told == await passed(colleague, number)
    sent = (at[1], "message_sent", ours)
    assert [each for each in told if each[0] < at[3]] == [sent, (at[2], "message_opened", program)]
    assert (at[3], "message_sent", program) in told
    assert (at[4], "message_acknowledged", theirs) in told
    assert {who["kind"] for _, what, who in told if what == "message_acknowledged"} == {"person"}

    lead = {"kind": "program", "id": str(company.lead.id)}
    inside = await passed(company.coordinator, number)
    assert [each for each in inside if each[0] < at[3]] == [sent, (at[2], "message_opened", lead)]
    assert (at[3], "message_acknowledged", {**lead, "id": str(company.coordinator.id)}) in inside

    (mine,) = await correspondence(person, number)
    question, answer = mine["messages"][-2:]
    assert (question["text"], question["actor"]) == (
        "When do we hear from you?",
        {"kind": "person", "id": str(person.id), "name": person.name},
    )
    assert question["receipts"]["program"] == {"opened_at": at[2]}
    assert [(each["person"]["id"], each["opened_at"]) for each in question["receipts"]["applicant"]] == [
        (str(colleague.id), at[4])
    ]
    assert (answer["actor"], answer["receipts"]["program"]) == ({"kind": "program"}, {"opened_at": None})

    both = await correspondence(company.lead, number)
    assert {each["audience"] for each in both} == {"applicant", "program"}
    shared = next(each for each in both if each["audience"] == "applicant")
    got = {each["person"]["name"]: each for each in shared["messages"][-2]["receipts"]["program"]}
    assert got[company.lead.name]["opened_at"] == at[2]
    assert got[company.coordinator.name]["acknowledged_at"] == at[3]


async def test_an_applicant_finds_no_name_and_no_inside_thread_whatever_the_program_does_with_mail(
    given: Given,
):
    person, company = await given.member(), await given.desk()
    number = (await given.decided_after_questions(person, company))["number"]
    shared, inside = await thread_of(given, number), await thread_of(given, number, "program")
    await write(given, shared, company.lead, "A word to you.", person)
    await write(given, inside, company.lead, "canary-inside-77", company.coordinator)
    staff = (company.lead, company.coordinator, company.signatory)
    for who in staff:
        for thread in (shared, inside):
            await mark(given, thread, who, "opened", "acknowledged")
    raw, timeline = await package(person, number), (await person.get(f"{PATH}/{number}/timeline")).text
    members = unpacked(raw)
    mail = (members["correspondence.json"] + members["timeline.json"]).decode() + timeline
    secrets = ["canary-inside-77", '"desk"', '"audience"']
    secrets += [
        str(each)
        for who in (company.lead, company.coordinator, company.signatory)
        for each in (who.id, who.name)
    ]
    assert [each for each in secrets if each in mail] == []
    assert "A word to you." in mail
    theirs = (await package(company.lead, number)).decode(errors="replace")
    assert [
        each for each in ("canary-inside-77", '"desk"', company.coordinator.name) if each not in theirs
    ] == []


async def test_what_an_act_told_stands_there_in_words(given: Given):
    person, company = await given.member(), await given.desk()
    number = (await given.asked(person, company))["number"]
    (thread,) = await correspondence(person, number)
    assert thread["turn"] == "applicant"
    assert [each["seq"] for each in thread["messages"]] == list(range(1, len(thread["messages"]) + 1))
    assert {each["actor"]["kind"] for each in thread["messages"]} == {"system"}
    assert all(number in each["subject"] and number in each["text"] for each in thread["messages"])


@pytest.mark.parametrize("scopes", [Scope.REQUESTS_READ.value, f"{Scope.REQUESTS_READ} {Scope.EVENTS_READ}"])
async def test_a_key_without_the_mailbox_gets_no_mail_and_is_told_so(given: Given, scopes: str):
    reader, company = await given.member(scopes=scopes), await given.desk()
    writer = await given.member(applicant_id=reader.applicant_id)
    number = (await given.under_assessment(writer, company))["number"]
    thread = await thread_of(given, number)
    await write(given, thread, company.lead, "A word to you.", writer)
    await mark(given, thread, writer, "opened")
    raw = await package(reader, number)
    assert b"A word to you." not in raw
    assert await passed(reader, number) == []
    omitted = document(raw, "manifest.json")["manifest"]["omitted"]
    assert {"path": "correspondence.json", "reason": "not_permitted"} in omitted
    assert len(await passed(writer, number)) > 0


async def test_mail_adds_no_statements(given: Given):
    counts = []
    for much in (1, 30):
        person, company = await given.member(), await given.desk()
        number = (await given.under_assessment(person, company))["number"]
        thread = await thread_of(given, number)
        for place in range(much):
            await write(given, thread, person, f"Word {place}.", company.lead, company.coordinator)
        await mark(given, thread, company.lead, "opened")
        costs = {}
        for name, who in (("owner", person), ("staff", company.lead)):
            for part in ("package", "timeline"):
                with heard(given.runtime.database) as statements:
                    assert (await who.get(f"{PATH}/{number}/{part}")).status_code == 200
                costs[name, part] = len(statements)
        counts.append(costs)
    assert counts[0] == counts[1]
    assert counts[0]["owner", "timeline"] <= 4, counts


async def test_mail_about_another_request_stays_there(given: Given):
    person, company = await given.member(), await given.desk()
    one, other = [(await given.under_assessment(person, company))["number"] for _ in range(2)]
    await write(given, await thread_of(given, other), company.lead, "About the other.", person)
    assert b"About the other." not in await package(person, one)
    assert b"About the other." not in await package(company.lead, one)
    assert b"About the other." in await package(person, other)
