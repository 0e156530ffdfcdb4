"""Classes of letters and what people may choose: as a table, every template under every mode."""

import itertools
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.mail_preferences import CLASSES, MANDATORY, EventClass, Mode, Preferences, class_of, mode_of
from app.domain.notices import NOTICES, Hearer

TEMPLATES = sorted(
    {
        each.name.split(".")[0]
        for each in resources.files("app.domain.wording").iterdir()
        if each.name.endswith(".txt")
    }
)
CHOICES = st.dictionaries(st.sampled_from(EventClass), st.sampled_from(Mode)).map(Preferences)


def test_each_template_is_in_one_class_and_each_class_has_only_templates():
    named = list(itertools.chain.from_iterable(CLASSES.values()))
    assert sorted(named) == TEMPLATES
    assert set(CLASSES) == set(EventClass)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_comes_as_was_chosen_for_its_class_and_at_once_where_it_is_mandatory(template, mode):
    kept = " ".join(f"{each}:{mode}" for each in EventClass)
    wanted = Mode.NOW if template in MANDATORY else mode
    assert mode_of(template, kept) is wanted


@pytest.mark.parametrize("state", ["bouncing", "complained"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_an_address_that_takes_no_mail_is_tried_with_what_is_mandatory_alone(template, state):
    wanted = Mode.NOW if template in MANDATORY else Mode.NEVER
    assert mode_of(template, None, state) is wanted


def test_whoever_acted_hears_only_what_is_mandatory():
    """Its choices are not looked up, so there must be none to make."""
    told = {each.template for notices in NOTICES.values() for each in notices if each.hearer is Hearer.ACTOR}
    assert told
    assert told <= MANDATORY


@given(CHOICES)
def test_choices_are_read_as_they_were_kept(choices):
    assert Preferences.read(choices.kept) == choices
    assert choices.mode(EventClass.MANDATORY) is Mode.NOW


@given(CHOICES, st.sets(st.sampled_from(EventClass)))
def test_what_is_muted_never_comes_and_the_rest_stays(choices, muted):
    after = choices.without(muted)
    for each in EventClass:
        wanted = Mode.NEVER if each in muted - {EventClass.MANDATORY} else choices.mode(each)
        assert after.mode(each) is wanted


def test_a_class_that_is_no_more_is_passed_by():
    assert Preferences.read("pigeons:digest progress:never").chosen == {EventClass.PROGRESS: Mode.NEVER}


def test_there_is_no_class_for_a_template_there_is_not():
    with pytest.raises(KeyError):
        class_of("nothing_of_the_kind")
