"""The catalogue of events as a table, and reading what was written by another version of it."""

import pytest

from app.domain import exact_json
from app.domain.event_types import EVENT_TYPES, NotInCatalogue
from app.domain.event_types.bodies import Submission, Unknown
from app.domain.event_types.reading import NotAnEvent, read
from app.domain.policy import Audience
from app.services.announcements import Announcement

SUBMITTED = "designation_request.submitted"
DAYS = {"received_on": "2026-12-01", "statutory_due_on": "2027-05-30"}
EXAMPLE = EVENT_TYPES[SUBMITTED].example


@pytest.mark.parametrize("known", EVENT_TYPES.values(), ids=lambda each: each.name)
def test_a_type_says_what_happened_and_to_whom_it_is_told(known):
    assert known.name.count(".") == 1
    assert known.summary.endswith(".")
    assert known.audiences
    assert known.shape.__doc__ == known.summary
    assert read(known.example).data == known.body(**known.example["data"])


@pytest.mark.parametrize(
    ("type", "audience", "data"),
    [
        ("designation_request.drafted", Audience.APPLICANT, {}),
        ("designation_request.state_changed", Audience.APPLICANT, {}),
        (SUBMITTED, Audience.APPLICANT, {}),
        (SUBMITTED, Audience.APPLICANT, {"received_on": "2026-12-01"}),
        (SUBMITTED, Audience.APPLICANT, {**DAYS, "lead_reviewer": "Pat Lee"}),
        (SUBMITTED, Audience.APPLICANT, {**DAYS, "status": "received"}),
        ("designation_request.withdrawn", Audience.PROGRAM, {"cause": "malware"}),
    ],
)
def test_nothing_is_announced_that_the_catalogue_does_not_have(type, audience, data):
    with pytest.raises(NotInCatalogue):
        Announcement(type, audience, data)


def test_what_the_catalogue_has_is_announced():
    assert Announcement(SUBMITTED, Audience.PROGRAM, DAYS)
    assert Announcement("designation_request.status_changed", Audience.APPLICANT, DAYS)
    assert Announcement("designation_request.status_changed", Audience.APPLICANT)


def _with(**members):
    return {**EXAMPLE, **members}


def test_members_of_a_later_version_are_looked_past():
    later = _with(traceparent="00-1", data={**EXAMPLE["data"], "route": "fast"})
    assert read(later) == read(EXAMPLE)
    assert isinstance(read(later).data, Submission)


@pytest.mark.parametrize(
    "later",
    [
        _with(type="designation.granted", data={"designation": 1}),
        _with(data={**EXAMPLE["data"], "status": "on_hold"}),
        _with(data={}),
        _with(subject="another kind of subject"),
        _with(time="2026-12-01T15:04:05Z", id="evt-1", source="/v1"),
    ],
)
def test_a_type_or_status_of_a_later_version_is_read_with_its_data_as_sent(later):
    event = read(later)
    assert isinstance(event, Unknown)
    assert event.data == later["data"]
    assert event.type == later["type"]


@pytest.mark.parametrize(
    "tree",
    [None, 7, "event", [], {}, _with(specversion="0.3"), _with(id=None), _with(data=None), _with(data=[]),
     _with(time="yesterday"), _with(time="2026-12-01T15:04:05"), {k: v for k, v in EXAMPLE.items() if k != "id"}],
)  # fmt: skip
def test_what_is_no_event_is_said_to_be_none(tree):
    with pytest.raises(NotAnEvent):
        read(tree)


def test_figures_of_an_unknown_body_keep_their_digits():
    tree = exact_json.decode(exact_json.encode(_with(type="x.y")).replace(b'"sequence":3', b'"share":1.50'))
    assert str(read(tree).data["share"]) == "1.50"
