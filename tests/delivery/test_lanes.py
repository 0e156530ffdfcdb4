"""Lanes: how much one worker takes on of each, by what came of the attempts before."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.delivery.lanes import AHEAD, ILL_AFTER, KNOWN, MOST_ILL, QUICK, WIDEST, Lane, Lanes
from app.store.claims import MOST, START, Share
from app.store.deliveries import Claimed
from tests.clock import START as AT


def _row(lane: str = "a") -> Claimed:
    return Claimed(uuid4(), "test", lane, "", 1, uuid4(), AT)


def _ended(
    lane: Lane, times: int = 1, *, failed: bool = False, seconds: float = 0.01, crowded: bool = False
) -> None:
    for _ in range(times):
        lane.take(_row(), 0.0)
        lane.waiting.popleft()
        lane.ended(seconds, 0.0, failed=failed, crowded=crowded)


def test_a_lane_widens_with_quick_successes_and_never_beyond_its_most():
    lane = Lane()
    widths = []
    for _ in range(sum(range(START, WIDEST + 1))):
        widths.append(lane.width)
        _ended(lane)
    assert (widths[0], lane.width) == (START, WIDEST)
    assert widths == sorted(widths)


def test_a_lane_narrows_with_each_attempt_that_ends_in_a_crowd_and_comes_back_without_it():
    lane = Lane(width=WIDEST)
    _ended(lane, 3, crowded=True)
    assert lane.width == WIDEST - 3
    _ended(lane, WIDEST, crowded=True)
    assert (lane.width, lane.is_ill) == (1, False)
    _ended(lane, 1 + 2 + 3 + 4)
    assert lane.width == START


def test_a_lane_whose_attempts_fail_is_soon_down_to_one_and_comes_back_with_the_first_successes():
    lane = Lane(width=WIDEST)
    _ended(lane, 5, failed=True)
    assert (lane.width, lane.is_ill, lane.most) == (1, True, 1)
    _ended(lane)
    assert (lane.width, lane.is_ill) == (2, False)


def test_a_failure_now_and_then_does_not_make_a_lane_ill():
    lane = Lane()
    for turn in range(200):
        _ended(lane, failed=turn % 20 == 0)
        assert not lane.is_ill
    assert lane.width > START


def test_slow_successes_keep_a_lane_from_widening():
    lane = Lane(width=WIDEST)
    _ended(lane, 50, seconds=2 * QUICK)
    assert lane.width == START


def test_a_lane_that_moves_holds_a_multiple_of_what_ended_since_the_last_claim_and_one_that_rests_forgets_it():
    lane = Lane()
    _ended(lane, 40)
    assert lane.share() == Share(0, AHEAD * 40)
    for _ in range(30):
        share = lane.share()
    assert share == Share(0, lane.width)
    _ended(lane, 3 * MOST)
    assert lane.share().free == MOST


def test_what_waits_behind_a_receiver_that_stopped_answering_is_given_back():
    lane = Lane()
    _ended(lane, 40)
    lane.share()
    for _ in range(120):
        lane.take(_row(), 10.0)
    assert list(lane.surplus(10.0 + QUICK)) == []
    given_back = list(lane.surplus(10.1 + QUICK))
    assert (len(given_back), lane.held) == (120 - lane.width, lane.width)


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 20), st.booleans()), max_size=80),
    st.integers(0, 50),
)
def test_whatever_happens_a_lane_keeps_within_its_bounds(story, waiting):
    lane = Lane()
    for failed, seconds, crowded in story:
        _ended(lane, failed=failed, seconds=seconds, crowded=crowded)
        assert 1 <= lane.width <= WIDEST
        assert lane.width <= lane.most <= MOST
    for _ in range(waiting):
        lane.take(_row(), 0.0)
    share = lane.share()
    assert share.held == waiting
    assert share.free == max(0, lane.most - waiting)


def test_ill_lanes_leave_room_for_those_that_are_not():
    lanes = Lanes()
    for n in range(KNOWN - 1):
        ill = lanes.of(f"ill{n}")
        _ended(ill, ILL_AFTER + 2, failed=True)
        ill.held = MOST_ILL // KNOWN + 1  # what was held when they fell ill
    _ended(lanes.of("well"), 10)
    shares = lanes.shares()
    assert sum(share.free for name, share in shares.items() if name != "well") == 0
    assert shares["well"].free > 0


@pytest.mark.parametrize("extra", [0, 1, 50])
def test_lanes_that_hold_nothing_are_forgotten_beyond_a_bound(extra):
    lanes = Lanes()
    lanes.of("busy").take(_row(), 0.0)
    for n in range(KNOWN - 1 + extra):
        lanes.of(f"idle{n}")
    shares = lanes.shares()
    assert len(shares) == KNOWN
    assert "busy" in shares
