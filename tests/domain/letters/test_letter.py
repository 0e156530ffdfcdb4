"""The facts of a letter, there and back."""

import json

import pytest
from hypothesis import given

from app.domain.letters import letter_of, tree_of
from tests.domain.letters.samples import DENIED, DESIGNATED, letters


@given(letters)
def test_a_letter_comes_back_from_its_tree_as_it_was(letter):
    assert letter_of(json.loads(json.dumps(tree_of(letter)))) == letter


def test_days_and_the_instant_are_written_as_the_api_writes_them():
    tree = tree_of(DESIGNATED)
    assert (tree["received_on"], tree["signed"]["at"]) == ("2026-04-08", "2026-09-30T18:22:41Z")


@pytest.mark.parametrize("letter", [DESIGNATED, DENIED], ids=lambda letter: letter.outcome)
def test_a_tree_is_left_as_it_was(letter):
    tree = tree_of(letter)
    kept = json.dumps(tree)
    letter_of(tree)
    assert json.dumps(tree) == kept
