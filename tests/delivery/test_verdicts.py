"""What an answer means: a table of statuses, and both forms of Retry-After."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from app.delivery.posting import Answer
from app.delivery.sending import Cancelled, Delivered, Retry
from app.delivery.verdicts import FURTHEST, not_before, verdict
from tests.clock import START


def _answer(status: int, **headers: str) -> Answer:
    return Answer(status, CIMultiDictProxy(CIMultiDict(headers)), b"")


@given(st.integers(100, 599))
def test_two_hundreds_are_successes_and_nothing_else_is(status):
    judged = verdict(_answer(status), START)
    assert (judged.outcome == Delivered()) is (200 <= status < 300)
    assert judged.logged == ("delivered" if 200 <= status < 300 else "failed")
    assert isinstance(judged.outcome, Cancelled) is (status == 410)
    assert (judged.reason is None) is (200 <= status < 300)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (301, "redirect-not-followed"), (308, "redirect-not-followed"), (401, "status-not-2xx"),
        (410, "gone"), (429, "too-many-requests"), (500, "status-not-2xx"), (503, "unavailable"),
    ],
)  # fmt: skip
def test_each_failure_has_a_reason_of_a_closed_list(status, reason):
    assert verdict(_answer(status), START).reason == reason


@pytest.mark.parametrize("status", [429, 500, 503])
def test_only_a_receiver_that_asks_for_patience_is_given_it(status):
    judged = verdict(_answer(status, **{"Retry-After": "60"}), START)
    expected = None if status == 500 else START + timedelta(seconds=60)
    assert judged.outcome == Retry(judged.reason, expected)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3600", 3600), (" 7 ", 7), ("0", 0), ("86401", 86400), ("9" * 40, 86400),
        ("Mon, 01 Jun 2026 16:00:00 GMT", 3600), ("Mon, 01 Jun 2026 12:00:00 -0400", 3600),
        ("Monday, 01-Jun-26 16:00:00 GMT", 3600), ("Mon Jun  1 16:00:00 2026", 3600),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 86400),
        ("Mon, 01 Jun 2026 14:00:00 GMT", None), ("", None), ("soon", None), ("-5", None), ("1.5", None),
        ("Mon, 01 Jun 99999999999999999999 00:00:00 GMT", None), ("Mon, 01 Jun 2026 16:00:00 +99999999999", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 86400), ("\u0661", None), ("Mon, 99 Jun 2026 16:00:00 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_is_read_in_both_forms_and_goes_no_further_than_a_day(text, seconds):
    assert not_before(text, START) == (None if seconds is None else START + timedelta(seconds=seconds))


@given(st.text(max_size=60))
def test_no_retry_after_is_too_strange(text):
    told = not_before(text, START)
    assert told is None or START <= told <= START + FURTHEST
