"""Every event that the code can record is in the catalogue, is announced by someone, and is as its schema says."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain import exact_json
from app.domain.event_types import EVENT_TYPES
from app.domain.identity import new_id
from app.services import announcements
from app.services.announcements import Announcement, Subject
from app.wiring import worker_of
from tests import recorded
from tests.architecture.sources import modules, named, tree
from tests.clock import START
from tests.given import Given

NAME = re.compile(r"(designation_request|designation|engagement|message|webhook_endpoint)\.[a-z_]+")
# Named in the catalogue before the code that tells of them; each goes from here as it comes there.
AWAITED: frozenset[str] = frozenset()
INSERTING = re.compile(r"^([\w.]+\.)?(events\.insert\(|insert\(([\w.]+\.)?events\b)")


def named_types(*paths: Path) -> set[str]:
    """The types of events that the source names in so many words."""
    return {
        node.value
        for path in paths
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAME.fullmatch(node.value)
    }


def test_what_the_code_tells_of_is_the_catalogue():
    assert named_types(*modules("services", "delivery")) == EVENT_TYPES.keys() - AWAITED


def test_a_type_that_is_not_in_the_catalogue_would_be_found(tmp_path):
    source = tmp_path / "astray.py"
    source.write_text('announce("designation_request.lost")')
    assert named_types(source) - EVENT_TYPES.keys() == {"designation_request.lost"}


def writers(*paths: Path) -> Iterator[str]:
    """Where something is inserted into the table of events, and how."""
    for path in paths:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and INSERTING.search(call := ast.unparse(node)):
                yield f"{named(path)}: {call.partition(', [')[0]}"


def test_events_are_written_in_one_place_where_the_watch_sees_them():
    assert list(writers(*modules())) == ["app/services/announcements.py: writes.insert(events"]


@pytest.mark.parametrize(
    "call", ["events.insert()", "insert(events)", "journal.events.insert()", "sqlite.insert(events)"]
)
def test_another_way_of_writing_events_would_be_found(call):
    assert INSERTING.search(call)


async def test_the_watch_sees_every_event_of_a_request(given: Given):
    recorded.types.clear()
    person, coordinator = await given.member(), await given.staff("coordinator")
    desk, other = await given.desk(), await given.staff("signatory")
    answered = await given.decided_after_questions(person, desk, "deny")
    set_aside = await given.move(other, answered["number"], "set_aside", note="Read wrongly.")
    assert set_aside.status_code == 200, set_aside.text
    await given.asked(person, desk, days=1)
    for days in (0, 2, 180):
        given.runtime.now.move(days=days)
        worker = worker_of(given.runtime)
        await worker.chores.plan()
        await worker.drain()
    number = (await given.submitted(person))["number"]
    facts = {"cause": "wrong_program", "note": "Not ours.", "written_agreement": "Take it back."}
    for who, name, arguments in (
        (coordinator, "reject_technically", facts),
        (coordinator, "reinstate", {"note": "It is."}),
        (person, "withdraw", {}),
    ):
        moved = await given.move(who, number, name, **arguments)
        assert moved.status_code == 200, moved.text
    assert recorded.types == {name for name in EVENT_TYPES if name.startswith("designation_request.")}


def _request(**thin) -> Subject:
    number = "AMT-2026-00001"
    said = {"number": number, "status": "withdrawn", **thin}
    sequences = dict.fromkeys(announcements.Audience, 0)
    return Subject(new_id(), number, f"/v1/designation-requests/{number}", None, said, sequences)


@pytest.mark.parametrize(
    ("thin", "fault"),
    [
        ({"status": "recommended"}, "/data/status"),
        ({"status": None}, "/data/status"),
        ({"number": "17"}, "/data/number"),
        ({"lead_reviewer": "Pat Lee"}, "lead_reviewer"),
    ],
)
async def test_the_watch_finds_what_is_not_as_published(database, thin, fault):
    told = [Announcement("designation_request.withdrawn", announcements.Audience.APPLICANT)]
    with recorded.watched():
        async with database.writing() as db:
            await announcements.announce(db, _request(), START, "https://intake.example", told)
    with pytest.raises(AssertionError, match=fault), recorded.watched():
        async with database.writing() as db:
            await announcements.announce(db, _request(**thin), START, "https://intake.example", told)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"type": "designation_request.lost"}, "not in the catalogue"),
        ({"type": "designation_request.state_changed"}, "not for applicant"),
        ({"sequence": 8}, "something else than its body"),
        ({"id": new_id()}, "something else than its body"),
        ({"subject": "AMT-2026-00018"}, "something else than its body"),
    ],
)
def test_the_watch_finds_a_row_that_differs_from_its_body(change, fault):
    example = EVENT_TYPES["designation_request.withdrawn"].example
    body = {**example, "type": change.get("type", example["type"])}
    row = {
        "id": example["id"], "type": body["type"], "audience": "applicant", "subject": example["subject"],
        "sequence": 3, "at": START.replace(month=12, day=1, minute=4, second=5), "body": exact_json.encode(body),
    }  # fmt: skip
    assert list(recorded.faults_of(row)) == [] or "type" in change
    assert any(fault in each for each in recorded.faults_of({**row, **change}))
