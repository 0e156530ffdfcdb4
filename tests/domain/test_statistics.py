"""Each figure against the tables of the program notes, against scipy.stats, and against figures that trap."""

import math
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from app.domain import statistics
from app.domain.statistics import Arm, Interval

D = Decimal
figures = st.decimals(min_value=-1000, max_value=1000, places=3)
spreads = st.decimals(min_value=D("0.001"), max_value=100, places=3)
sizes = st.integers(2, 400)


@pytest.mark.parametrize(
    ("succeeded", "attempted", "bound", "places"),
    [
        (3, 3, 0.368, 3),
        (5, 5, 0.549, 3),
        (10, 10, 0.741, 3),
        (29, 29, 0.902, 3),
        (59, 59, 0.9505, 4),
        (2, 3, 0.135, 3),
        (9, 10, 0.606, 3),
        (19, 20, 0.784, 3),
        (28, 30, 0.805, 3),
        (58, 60, 0.899, 3),
        (0, 7, 0, 3),
        (500, 500, 0.99403, 5),
        (1000, 1000, 0.99701, 5),
    ],
)
def test_the_success_bound_is_the_published_one(succeeded, attempted, bound, places):
    assert round(float(statistics.success_lower_bound(succeeded, attempted)), places) == bound


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_success_bound_is_the_exact_interval_of_the_referee(case):
    succeeded, attempted = case
    interval = stats.binomtest(succeeded, attempted, alternative="greater").proportion_ci(
        0.95, method="exact"
    )
    assert float(statistics.success_lower_bound(succeeded, attempted)) == pytest.approx(
        interval.low, abs=1e-9
    )


@given(st.integers(1, 10**6))
def test_the_bound_of_a_faultless_series_is_the_root_of_one_in_twenty(attempted):
    expected = 0.05 ** (1 / attempted)
    assert float(statistics.success_lower_bound(attempted, attempted)) == pytest.approx(expected, abs=1e-10)
    assert statistics.success_lower_bound(attempted, attempted) < 1


@pytest.mark.parametrize(("succeeded", "attempted"), [(-1, 3), (4, 3), (0, 0), (1, 10**13)])
def test_impossible_counts_have_no_bound(succeeded, attempted):
    with pytest.raises(ValueError, match="successes"):
        statistics.success_lower_bound(succeeded, attempted)


@pytest.mark.parametrize(("n", "bound"), [(3, 0.19), (10, 0.79), (25, 1.00), (30, 1.03), (100, 1.17)])
def test_the_lower_bound_of_a_cpk_of_133_grows_with_n(n, bound):
    found = statistics.capability(n, D("3.99"), D(1), lsl=D(0), usl=D(20))
    assert found.cpk == D("1.33")
    assert round(float(found.lower_bound), 2) == bound


@pytest.mark.parametrize(
    ("mean", "sd", "lsl", "usl", "cpk"),
    [
        ("93.725", "2.717", "80", None, "1.68384247332"),
        ("0.125", "0.0907", None, "0.5", "1.37816979052"),
        ("10", "1", "7", "19", "1"),
        ("10", "1", "1", "13", "1"),
        ("20", "1", "1", "13", "-2.33333333333"),
    ],
)
def test_cpk_takes_the_nearer_limit_or_the_only_one(mean, sd, lsl, usl, cpk):
    limits = {"lsl": D(lsl) if lsl else None, "usl": D(usl) if usl else None}
    assert statistics.capability(249, D(mean), D(sd), **limits).cpk == D(cpk)


@pytest.mark.parametrize(
    ("n", "sd", "lsl", "usl"),
    [
        (30, "0.0", "1", "2"),
        (30, None, "1", "2"),
        (1, "1", "1", "2"),
        (30, "1", None, None),
        (30, "-1", "1", "2"),
    ],
)
def test_cpk_without_spread_or_limit_is_not_computable(n, sd, lsl, usl):
    limits = {"lsl": D(lsl) if lsl else None, "usl": D(usl) if usl else None}
    assert statistics.capability(n, D("1.5"), D(sd) if sd else None, **limits) is None
    assert statistics.cpk_agrees(D(1), n, D("1.5"), D(sd or 0), **limits) is None


@given(sizes, figures, spreads, figures, figures)
def test_capability_is_its_formula(n, mean, sd, one, other):
    lsl, usl = sorted((one, other))
    found = statistics.capability(n, mean, sd, lsl=lsl, usl=usl)
    cpk = min(float(usl - mean), float(mean - lsl)) / (3 * float(sd))
    bound = cpk - 1.6448536269514722 * math.sqrt(1 / (9 * n) + cpk**2 / (2 * (n - 1)))
    assert float(found.cpk) == pytest.approx(cpk, rel=1e-9, abs=1e-9)
    assert float(found.lower_bound) == pytest.approx(bound, rel=1e-9, abs=1e-9)
    assert found.lower_bound < found.cpk


@pytest.mark.parametrize(
    ("claimed", "mean", "sd", "agrees"),
    [
        ("1.68", "93.725", "2.717", True),
        ("1.7", "93.725", "2.717", True),
        ("1.60", "93.725", "2.717", False),
        ("1.33", "84", "1.0", True),
        ("1.40", "84", "1.0", True),  # an sd of 1.0 may be 0.95
        ("1.50", "84", "1.00", True),  # and a mean of 84 may be 84.5
        ("1.60", "84.0", "1.00", False),
        ("9", "84", "0.0001", False),
        ("999999", "84", "0.00001", False),
        ("99", "84", "0", None),
    ],
)
def test_a_claimed_cpk_agrees_within_the_rounding_of_what_it_comes_from(claimed, mean, sd, agrees):
    assert statistics.cpk_agrees(D(claimed), 30, D(mean), D(sd), lsl=D(80), usl=None) is agrees


@given(st.integers(2, 50), figures, spreads, spreads, st.integers(0, 3))
def test_the_recomputed_cpk_always_agrees_however_it_is_rounded(n, mean, sd, half_width, places):
    limits = {"lsl": mean - half_width, "usl": mean + half_width}
    cpk = statistics.capability(n, mean, sd, **limits).cpk
    assert statistics.cpk_agrees(round(cpk, places), n, mean, sd, **limits)


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=40), st.integers(0, 3))
def test_the_spread_of_real_figures_is_never_called_impossible(sample, places):
    values = [D(value) / 1000 for value in sample]
    sd = round(D(str(stats.tstd([float(v) for v in values]) if len(set(values)) > 1 else 0.0)), places)
    low, high = round(min(values), places), round(max(values), places)
    assert statistics.spread(len(values), sd, low, high, observed=True).possible
    assert statistics.spread(len(values), sd, D(0), D(1), observed=False).possible


@pytest.mark.parametrize(
    ("n", "sd", "low", "high", "observed", "possible"),
    [
        (3, "0.7", "0", "1", False, False),  # a dispersity of 0.26 +- 0.7, as once printed
        (3, "0.07", "0", "1", False, True),
        (7, "4.0", "0", "100", False, True),  # 98 +- 4.0 %: odd, not impossible
        (7, "5.3", "86", "100", True, True),
        (2, "367.7", "4860", "5380", True, True),  # duplicates: sd is range / sqrt 2, nothing else
        (2, "300.0", "4860", "5380", True, False),
        (5, "0.0", "93.0", "93.0", True, True),
        (5, "0.0", "90.0", "96.0", True, False),
        (249, "2.717", "86.83", "102.67", True, True),
        (249, "27.17", "86.83", "102.67", True, False),
        (3, "5.13", "23", "33", True, True),
        (3, "1.00", "23", "33", True, False),
    ],
)
def test_a_spread_is_judged_by_the_range(n, sd, low, high, *, observed, possible):
    assert statistics.spread(n, D(sd), D(low), D(high), observed=observed).possible is possible


def test_three_figures_between_0_and_1_spread_by_061_at_most():
    found = statistics.spread(3, D("0.700000000"), D(0), D(1), observed=False)
    assert round(found.highest, 2) == D("0.61")
    assert found.lowest == 0


def test_an_upside_down_range_or_a_single_figure_allows_no_judgement():
    assert statistics.spread(3, D(1), D(2), D(1), observed=True) is None
    assert statistics.spread(1, D(1), D(1), D(2), observed=True) is None


arms = st.builds(Arm, sizes, figures, spreads)


@given(arms, arms)
def test_the_interval_is_the_referees_welch_interval(method, conventional):
    found = statistics.welch_interval(method, conventional)
    parts = [float(arm.sd) ** 2 / arm.n for arm in (method, conventional)]
    freedom = sum(parts) ** 2 / sum(
        p**2 / (arm.n - 1) for p, arm in zip(parts, (method, conventional), strict=True)
    )
    expected = stats.t.interval(
        0.9, freedom, loc=float(method.mean - conventional.mean), scale=math.sqrt(sum(parts))
    )
    assert float(found.low) == pytest.approx(expected[0], rel=1e-8, abs=1e-8)
    assert float(found.high) == pytest.approx(expected[1], rel=1e-8, abs=1e-8)


@given(*[st.lists(st.integers(-1000, 1000), min_size=2, max_size=15)] * 2)
def test_the_interval_from_summaries_is_that_of_the_raw_figures(one, other):
    assume(min(len(set(one)), len(set(other))) > 1)
    summaries = [Arm(len(a), D(str(math.fsum(a) / len(a))), D(str(stats.tstd(a)))) for a in (one, other)]
    raw = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.9)
    found = statistics.welch_interval(*summaries)
    assert (float(found.low), float(found.high)) == pytest.approx((raw.low, raw.high), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("method", "conventional"),
    [
        (Arm(1, D(1), D(1)), Arm(5, D(1), D(1))),
        (Arm(5, D(1), D(0)), Arm(5, D(2), D(0))),
        (Arm(5, D(1), D(-1)), Arm(5, D(1), D(1))),
    ],
)
def test_arms_without_spread_give_no_interval(method, conventional):
    assert statistics.welch_interval(method, conventional) is None
    assert statistics.compare(method, conventional, D(1), higher_is_better=True) is None


@pytest.mark.parametrize(
    ("means", "margin", "higher", "equivalent", "superior"),
    [
        (("93.7", "93.6"), "1.5", True, True, False),
        (("93.7", "93.6"), "0.2", True, False, False),  # too narrow a margin for this spread
        (("96.0", "93.6"), "1.5", True, False, True),
        (("96.0", "93.6"), "1.5", False, False, False),  # different, in the bad direction
        (("91.0", "93.6"), "5", False, True, True),
        (("93.7", "93.6"), None, True, None, False),
        (("93.7", "93.6"), "1.5", None, True, None),
    ],
)
def test_equivalence_needs_the_margin_and_superiority_the_direction(
    means, margin, higher, equivalent, superior
):
    method, conventional = (Arm(30, D(mean), D("2.0")) for mean in means)
    found = statistics.compare(method, conventional, D(margin) if margin else None, higher_is_better=higher)
    assert (found.equivalent, found.superior) == (equivalent, superior)
    assert found.ci90.low < found.difference < found.ci90.high


@given(arms, arms, spreads)
def test_equivalence_is_what_two_one_sided_tests_say(method, conventional, margin):
    found = statistics.compare(method, conventional, margin, higher_is_better=True)
    parts = [float(arm.sd) ** 2 / arm.n for arm in (method, conventional)]
    freedom = sum(parts) ** 2 / sum(
        p**2 / (arm.n - 1) for p, arm in zip(parts, (method, conventional), strict=True)
    )
    error, difference = math.sqrt(sum(parts)), float(method.mean - conventional.mean)
    tests = [(difference + float(margin)) / error, (float(margin) - difference) / error]
    p_value = max(stats.t.sf(t, freedom) for t in tests)
    assume(abs(p_value - 0.05) > 1e-6)
    assert found.equivalent is bool(p_value < 0.05)


@pytest.mark.parametrize(
    ("n", "coverage", "confidence", "factor"),
    [
        (43, "0.90", "0.99", 2.217),  # NIST/SEMATECH e-Handbook 7.2.6.3
        (10, "0.95", "0.95", 3.379),
        (30, "0.95", "0.95", 2.549),
        (100, "0.99", "0.95", 2.934),
    ],
)
def test_the_tolerance_factor_is_near_the_tabulated_one(n, coverage, confidence, factor):
    assert float(statistics.tolerance_factor(n, D(coverage), D(confidence))) == pytest.approx(
        factor, rel=0.006
    )


@given(
    sizes, st.sampled_from(["0.5", "0.9", "0.95", "0.99"]), st.sampled_from(["0.8", "0.9", "0.95", "0.99"])
)
def test_the_tolerance_factor_is_howes_formula(n, coverage, confidence):
    z = stats.norm.ppf((1 + float(coverage)) / 2)
    expected = z * math.sqrt((n - 1) * (1 + 1 / n) / stats.chi2.ppf(1 - float(confidence), n - 1))
    assert float(statistics.tolerance_factor(n, D(coverage), D(confidence))) == pytest.approx(
        expected, rel=1e-8
    )


def test_the_tolerance_factor_falls_with_n_towards_the_normal_quantile():
    factors = [statistics.tolerance_factor(n, D("0.95"), D("0.95")) for n in (2, 3, 10, 100, 10**6)]
    assert all(more > less for more, less in pairwise(factors))
    assert float(factors[-1]) == pytest.approx(1.96, abs=0.01)


@pytest.mark.parametrize(
    ("n", "coverage", "confidence"),
    [(1, "0.95", "0.95"), (10, "1", "0.95"), (10, "0.95", "0"), (10, "0.95", "1"), (10, "-1", "0.5")],
)
def test_a_tolerance_interval_needs_two_figures_and_shares_between_0_and_1(n, coverage, confidence):
    assert statistics.tolerance_factor(n, D(coverage), D(confidence)) is None
    assert statistics.tolerance_interval(n, D(1), D(1), D(coverage), D(confidence)) is None


def test_a_tolerance_interval_lies_about_the_mean():
    found = statistics.tolerance_interval(10, D("93.7"), D("2.0"))
    assert found == Interval(D("93.7") - 2 * (D("93.7") - found.low) / 2, D("93.7") + (D("93.7") - found.low))
    assert float(found.low) == pytest.approx(93.7 - 2 * 3.393, abs=0.05)


def test_capacity_is_the_product_of_its_factors():
    shares = {"uptime": D(1), "process_yield": D(1), "first_pass_success": D(1)}
    found = statistics.annual_capacity(lines=D(1), hours_per_year=D(2000), rate_per_hour=D("25.9"), **shares)
    assert found == 51800
    assert statistics.within(D(51900), found, D("0.05"))
    assert not statistics.within(D(60000), found, D("0.05"))  # 16 % above what the figures give
    halved = statistics.annual_capacity(
        lines=D(1), hours_per_year=D(2000), rate_per_hour=D("25.9"), **(shares | {"uptime": D("0.5")})
    )
    assert halved == 25900


@pytest.mark.parametrize(
    ("claimed", "inside"), [("105", True), ("95", True), ("105.1", False), ("94.9", False)]
)
def test_a_claim_may_differ_by_the_tolerance_on_either_side(claimed, inside):
    assert statistics.within(D(claimed), D(100), D("0.05")) is inside


def test_a_schedule_is_the_difference_of_its_sums():
    found = statistics.schedule([D(120), D(60)], [D(90), D("45.5")])
    assert (found.baseline_days, found.proposed_days, found.saved_days) == (180, D("135.5"), D("44.5"))
    assert found.saved_share == D("0.247222222222")
    assert statistics.schedule([D(10)], [D(12)]).saved_days == -2
    assert statistics.schedule([D(0)], [D(1)]).saved_share is None
    assert statistics.schedule([], [D(1)]) is None
    assert statistics.schedule([D(1)], []) is None


@pytest.mark.parametrize(
    ("figure", "half"), [("4.0", "0.05"), ("98", "0.5"), ("0.0907", "0.00005"), ("1E+3", "500"), ("NaN", "0")]
)
def test_half_a_unit_is_that_of_the_last_digit_given(figure, half):
    assert statistics.half_unit(D(figure)) == D(half)


@pytest.mark.parametrize(
    ("stated", "computed", "same"), [("0.37", "0.3684", True), ("0.38", "0.3684", False), ("1", "1.5", True)]
)
def test_a_stated_figure_agrees_when_the_computed_one_rounds_to_it(stated, computed, same):
    assert statistics.agrees(D(stated), D(computed)) is same


huge = st.sampled_from([D("1e999"), D("-1e999"), D("1e-999"), D("1e99999"), D(0), D("1.5")])


@given(sizes, huge, huge, huge, huge)
def test_figures_of_any_size_give_an_answer_or_none(n, mean, sd, low, high):
    statistics.capability(n, mean, sd, lsl=low, usl=high)
    statistics.cpk_agrees(mean, n, mean, sd, lsl=low, usl=high)
    statistics.spread(n, sd, low, high, observed=True)
    statistics.compare(Arm(n, mean, sd), Arm(n, low, high), low, higher_is_better=True)
    statistics.tolerance_interval(n, mean, sd)
    statistics.schedule([mean, low], [high])
    statistics.within(mean, sd, low)
