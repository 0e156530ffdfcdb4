"""One act has one instant: what its answer says, what is read later, and what the journal has."""

from datetime import datetime
from typing import Any

import pytest

from tests import desk
from tests.clock import Ticking
from tests.desk import PATH
from tests.given import Given


@pytest.fixture
def clock() -> Ticking:
    """A clock that stands still would hide a second look at it."""
    return Ticking()


def instants(tree: Any) -> set[datetime]:
    """Every instant of an act in a view."""
    if isinstance(tree, dict):
        own = {datetime.fromisoformat(text) for name, text in tree.items() if name in ACTS and text}
        return own.union(*map(instants, tree.values()))
    return set().union(*map(instants, tree)) if isinstance(tree, list) else set()


ACTS = {"declared_at", "created_at", "at", "asked_at", "assigned_at"}


@pytest.mark.parametrize(
    ("what", "action"),
    [("conflicts", "conflict_declared"), ("notes", "note_written"), ("assignments", "assigned"),
     ("consults", "consult_asked")],
)  # fmt: skip
async def test_a_step_of_the_desk_has_the_instant_of_its_entry(given: Given, what, action):
    owner, by = await given.member(), await given.staff("coordinator", "reviewer")
    other = await given.staff("coordinator", "reviewer", "consultant")
    number = (await given.submitted(owner))["number"]
    bodies = {
        "conflicts": {"reason": "A cousin works there."},
        "notes": {"text": "Read the annex first."},
        "assignments": {"person_id": str(other.id), "part": "team"},
        "consults": {"kind": "ett", "consultant_id": str(other.id), "question": "Would you?", "parts": []},
    }
    bodies["consults"]["parts"] = ["/content/title"]
    made = await by.post(f"{PATH}/{number}/{what}", json=bodies[what])
    assert made.status_code == 201, made.text
    story = await desk.items(other, f"{PATH}/{number}/timeline")
    [at] = [datetime.fromisoformat(each["at"]) for each in story if each["what"] == action]
    assert instants(made.json()) == {at}
    [read] = await desk.items(other, f"{PATH}/{number}/{what}")
    assert instants(read) == {at}
