"""What holds of a designation whatever is stored: numbers, what an authorization covers, days of notice."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.designation_lifecycle import LIVE, State, is_live
from app.domain.designations import WORDED_FORMS, Application, Term, is_number, may_end_from, number_of
from app.domain.identifiers import SUBMISSION_FORMS

DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))
KINDS = st.sampled_from(sorted(WORDED_FORMS))
NUMBERS = st.one_of(st.none(), st.sampled_from(["BLA125001", "BLA125002", "NDA021234"]))
APPLICATIONS = st.builds(Application, KINDS, NUMBERS)


@given(st.integers(2000, 9999), st.integers(0, 10**11 - 1))
def test_every_number_has_its_form(year, seq):
    assert is_number(number_of(year, seq))
    assert not is_number(number_of(year, seq).replace("AMTD", "AMT"))


@given(APPLICATIONS, APPLICATIONS)
def test_an_authorization_covers_its_own_application_and_without_a_number_all_of_its_kind(given_for, cited):
    covers = given_for.covers(cited)
    assert covers == (given_for.kind == cited.kind and given_for.number in (None, cited.number))
    assert given_for.covers(given_for)


@given(DAYS, st.one_of(st.none(), DAYS), DAYS)
def test_a_term_has_both_its_ends(begins, ends, day):
    term = Term(begins, ends)
    assert term.has(day) == (begins <= day <= (ends or date.max))


@given(DAYS)
def test_thirty_days_lie_between_notice_and_end(day):
    assert may_end_from(day) - day == timedelta(days=30)


def test_every_kind_of_application_has_a_form_and_its_words():
    assert set(WORDED_FORMS) == set(SUBMISSION_FORMS)


def test_it_is_live_while_it_is_in_force():
    assert {state for state in State if is_live(state)} == LIVE == {State.ACTIVE, State.UPDATE_PENDING}
