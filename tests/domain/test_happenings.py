"""What timelines say: each act has its own sentence, and what has none is not entered."""

from datetime import UTC, datetime

import pytest

from app.domain.happenings import OF_DESIGNATION, OF_REQUEST, NotInTable
from app.domain.notices import NOTICES
from app.services.journal import Entry


@pytest.mark.parametrize("table", [OF_REQUEST, OF_DESIGNATION])
def test_every_act_has_a_sentence_of_its_own(table):
    assert len(set(table.values())) == len(table)
    for action, sentence in table.items():
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert action.replace("_", " ").capitalize() + "." != sentence
        assert "_" not in sentence


def test_whoever_hears_of_an_act_finds_it_in_the_timeline():
    # engagements and webhook endpoints have histories of their own
    of_requests = {each for each in NOTICES if not each.startswith(("engagement_", "endpoint_"))}
    assert of_requests <= set(OF_REQUEST)


def test_what_happens_to_a_designation_is_told_by_its_request_in_the_same_words():
    told = {f"designation_{what}": sentence for what, sentence in OF_DESIGNATION.items()}
    # that it was granted is the request's own decision
    assert {action for action in told if action not in OF_REQUEST} == {"designation_granted"}
    assert all(OF_REQUEST.get(action, sentence) == sentence for action, sentence in told.items())


def test_what_no_timeline_can_tell_is_not_entered():
    with pytest.raises(NotInTable):
        Entry("designation_granted", None, datetime.now(UTC))
