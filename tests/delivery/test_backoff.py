"""The retry table."""

import random
from datetime import timedelta

import pytest

from app.delivery.backoff import JITTER, WAITS, next_attempt
from tests.clock import START


@pytest.mark.parametrize("attempts", range(1, len(WAITS) + 1))
def test_the_wait_after_each_attempt_is_the_tables_give_or_take_the_jitter(attempts):
    waits = [next_attempt(attempts, START, random.Random(seed)) - START for seed in range(50)]
    planned = WAITS[attempts - 1]
    assert all(planned * (1 - JITTER) <= wait <= planned * (1 + JITTER) for wait in waits)
    assert len(set(waits)) > 1
    assert planned > timedelta(0)


def test_after_the_last_wait_comes_no_further_attempt():
    assert next_attempt(len(WAITS) + 1, START, random.Random(0)) is None


def test_the_waits_are_the_published_ones():
    minutes = [wait / timedelta(minutes=1) for wait in WAITS]
    assert minutes == [5 / 60, 5, 30, 120, 300, 600, 840, 1200, 1440]
