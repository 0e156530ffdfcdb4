"""The figures of a request, computed anew: bounds, capability, spread, equivalence, capacity, schedule.

Every function is a formula with its source. Arguments are decimals as they were sent, so that half a unit of
the last digit is known; results are decimals of 12 significant digits. What cannot be computed is None, never
infinite and never an exception: a sender's figures must not be able to stop a report. ValueError means that
the caller broke a condition that the content's own shape already guards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from typing import Final

from scipy import special

_WORK: Final = Context(prec=28, Emax=MAX_EMAX, Emin=MIN_EMIN)
_DIGITS: Final = Context(prec=12, Emax=MAX_EMAX, Emin=MIN_EMIN)
_CONFIDENCE: Final = 0.95
_Z_ONE_SIDED_95: Final = Decimal("1.6448536269514722")
_LARGEST_N: Final = 10**12
_FEWEST: Final = 2  # figures that make a spread
_HALF: Final = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Interval:
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of a comparison of two independent groups: size, mean, standard deviation (n - 1)."""

    n: int
    mean: Decimal
    sd: Decimal


@dataclass(frozen=True, slots=True)
class Capability:
    """Cpk and its approximate one-sided lower 95 % bound; dimensionless."""

    cpk: Decimal
    lower_bound: Decimal


@dataclass(frozen=True, slots=True)
class Spread:
    """The standard deviations that a range allows, widened for rounding; `possible`: the stated one fits."""

    lowest: Decimal
    highest: Decimal
    possible: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Method minus conventional, its 90 % interval, what follows; None: no margin or no direction."""

    difference: Decimal
    ci90: Interval
    equivalent: bool | None
    superior: bool | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Days of two lists of activities, the days saved (negative: lost) and their share of the baseline."""

    baseline_days: Decimal
    proposed_days: Decimal
    saved_days: Decimal
    saved_share: Decimal | None


def half_unit(figure: Decimal) -> Decimal:
    """Half a unit of the last digit given: 0.05 for 4.0, 0.5 for 98, in the figure's own unit."""
    exponent = figure.as_tuple().exponent
    return Decimal(0) if isinstance(exponent, str) else _HALF.scaleb(exponent, _WORK)


def agrees(stated: Decimal, computed: Decimal) -> bool:
    """Whether a computed figure rounds to the stated one, the tie included."""
    return _WORK.subtract(stated, computed).copy_abs() <= half_unit(stated)


def success_lower_bound(succeeded: int, attempted: int) -> Decimal:
    """Exact one-sided lower 95 % confidence bound of a success probability; dimensionless.

    The 0.05 quantile of Beta(x, n - x + 1); 0 for x = 0 and 0.05^(1/n) for x = n. Source: Clopper, Pearson,
    Biometrika 26 (1934) 404. Raises ValueError unless 0 <= succeeded <= attempted and 1 <= attempted <= 1e12.
    """
    if not 0 <= succeeded <= attempted or not 1 <= attempted <= _LARGEST_N:
        raise ValueError("successes must lie between 0 and the attempts, of which there is at least one")
    if succeeded == 0:
        return Decimal(0)
    return _figure(special.betaincinv(succeeded, attempted - succeeded + 1, 1 - _CONFIDENCE))


def capability(
    n: int, mean: Decimal, sd: Decimal | None, *, lsl: Decimal | None, usl: Decimal | None
) -> Capability | None:
    """Cpk = min(USL - mean, mean - LSL) / (3 sd), one-sided where one limit is given, with its lower bound.

    Bound: Cpk - 1.645 sqrt(1 / (9 n) + Cpk^2 / (2 (n - 1))). Source: A. F. Bissell, Applied Statistics 39
    (1990) 331. None without a limit, with n < 2, or with sd = 0: the index then has no value.
    """
    if n < _FEWEST or sd is None or sd <= 0 or (lsl is None and usl is None):
        return None
    with localcontext(_WORK):
        cpk = _cpk(mean, sd, lsl, usl)
        error = (1 / (9 * Decimal(n)) + cpk * cpk / (2 * Decimal(n - 1))).sqrt()
        return Capability(_short(cpk), _short(cpk - _Z_ONE_SIDED_95 * error))


def cpk_agrees(
    claimed: Decimal, n: int, mean: Decimal, sd: Decimal, *, lsl: Decimal | None, usl: Decimal | None
) -> bool | None:
    """Whether a claimed Cpk is one that mean and sd, each true to half a unit of its last digit, can give.

    None where Cpk is not computable. The index is monotone in sd and concave in the mean, so that the corners
    and the middle of the limits bound it.
    """
    if capability(n, mean, sd, lsl=lsl, usl=usl) is None:
        return None
    with localcontext(_WORK):
        about, slack = half_unit(mean), half_unit(claimed)
        means = [mean - about, mean, mean + about]
        if lsl is not None and usl is not None:
            means.append(min(max((lsl + usl) / 2, mean - about), mean + about))
        spreads = [sd - half_unit(sd), sd + half_unit(sd)]
        possible = [_cpk(at, wide, lsl, usl) for at in means for wide in spreads if wide > 0]
        unbounded = spreads[0] <= 0 and max(possible) > 0
        return min(possible) - slack <= claimed and (unbounded or claimed <= max(possible) + slack)


def _cpk(mean: Decimal, sd: Decimal, lsl: Decimal | None, usl: Decimal | None) -> Decimal:
    margins = [] if usl is None else [usl - mean]
    if lsl is not None:
        margins.append(mean - lsl)
    return min(margins) / (3 * sd)


def spread(n: int, sd: Decimal, low: Decimal, high: Decimal, *, observed: bool) -> Spread | None:
    """Whether a standard deviation (n - 1) is possible for n figures within a range.

    R / sqrt(2 (n - 1)) <= sd <= (R / 2) sqrt(n / (n - 1)), R = high - low; the lower bound needs both ends to
    have been `observed` (min and max), a merely possible range gives 0. Source: T. Popoviciu (1935) for the
    upper, J. von Szokefalvi Nagy (1918) for the lower bound, both for the sum of squares. Bounds are widened
    by half a unit of the last digit of sd, and an observed range by that of its finer end at each end (a
    possible range is exact). None with n < 2 or high < low.
    """
    if n < _FEWEST or high < low:
        return None
    with localcontext(_WORK):
        span = high - low
        rounding = 2 * min(half_unit(low), half_unit(high)) if observed else Decimal(0)
        degrees = Decimal(n - 1)
        highest = (span + rounding) / 2 * (n / degrees).sqrt() + half_unit(sd)
        lowest = Decimal(0)
        if observed:
            narrowest = max(span - rounding, Decimal(0)) / (2 * degrees).sqrt()
            lowest = max(narrowest - half_unit(sd), Decimal(0))
        return Spread(_short(lowest), _short(highest), lowest <= sd <= highest)


def welch_interval(method: Arm, conventional: Arm) -> Interval | None:
    """Two-sided 90 % confidence interval of mean(method) - mean(conventional), in the unit of the means.

    t quantile 0.95 with the Welch-Satterthwaite degrees of freedom. Source: B. L. Welch, Biometrika 34 (1947)
    28. For two independent arms only. None with fewer than two figures in an arm or no spread in either.
    """
    if min(method.n, conventional.n) < _FEWEST or min(method.sd, conventional.sd) < 0:
        return None
    with localcontext(_WORK):
        parts = [(arm.sd * arm.sd / arm.n, Decimal(arm.n - 1)) for arm in (method, conventional)]
        variance = sum((part for part, _ in parts), Decimal(0))
        if not variance:
            return None
        freedom = 1 / sum(((part / variance) ** 2 / degrees for part, degrees in parts), Decimal(0))
        half_width = _exact(special.stdtrit(float(freedom), _CONFIDENCE)) * variance.sqrt()
        difference = method.mean - conventional.mean
        return Interval(_short(difference - half_width), _short(difference + half_width))


def compare(
    method: Arm, conventional: Arm, margin: Decimal | None, *, higher_is_better: bool | None
) -> Comparison | None:
    """Equivalence by two one-sided tests, superiority by the interval's good end; None if not computable.

    Equivalent at the 5 % level: the 90 % interval lies inside (-margin, margin). Superior: it is beyond 0 in
    the good direction. Source: D. J. Schuirmann, J Pharmacokinet Biopharm 15 (1987) 657. A p-value of no
    difference is not equivalence.
    """
    interval = welch_interval(method, conventional)
    if interval is None:
        return None
    return Comparison(
        _short(_WORK.subtract(method.mean, conventional.mean)),
        interval,
        None if margin is None else inside_margin(interval, margin),
        None if higher_is_better is None else beyond_zero(interval, higher_is_better=higher_is_better),
    )


def inside_margin(interval: Interval, margin: Decimal) -> bool:
    """Whether an interval of a difference lies wholly inside (-margin, margin); same unit."""
    return -margin < interval.low and interval.high < margin


def beyond_zero(interval: Interval, *, higher_is_better: bool) -> bool:
    """Whether an interval of a difference excludes zero in the good direction."""
    return interval.low > 0 if higher_is_better else interval.high < 0


def tolerance_factor(n: int, coverage: Decimal, confidence: Decimal) -> Decimal | None:
    """The k with which mean +- k sd covers a share of a normal population, two-sided; dimensionless.

    k = z((1 + coverage) / 2) sqrt((n - 1)(1 + 1/n) / chi2(1 - confidence; n - 1)). Source: W. G. Howe, JASA
    64 (1969) 610. None with n < 2 or a share outside (0, 1).
    """
    if not _FEWEST <= n <= _LARGEST_N or not 0 < coverage < 1 or not 0 < confidence < 1:
        return None
    normal = _exact(special.ndtri((1 + float(coverage)) / 2))
    chi_square = _exact(special.chdtri(n - 1, float(confidence)))  # chdtri inverts the upper tail
    if not (normal.is_finite() and chi_square.is_finite() and chi_square > 0):
        return None
    with localcontext(_WORK):
        return _short(normal * (Decimal(n - 1) * (1 + 1 / Decimal(n)) / chi_square).sqrt())


def tolerance_interval(
    n: int,
    mean: Decimal,
    sd: Decimal,
    coverage: Decimal = Decimal("0.95"),
    confidence: Decimal = Decimal("0.95"),
) -> Interval | None:
    """The interval mean +- k sd with k of `tolerance_factor`, in the unit of the mean; None without a k."""
    factor = tolerance_factor(n, coverage, confidence)
    if factor is None:
        return None
    with localcontext(_WORK):
        return Interval(_short(mean - factor * sd), _short(mean + factor * sd))


def annual_capacity(
    *,
    lines: Decimal,
    hours_per_year: Decimal,
    uptime: Decimal,
    rate_per_hour: Decimal,
    process_yield: Decimal,
    first_pass_success: Decimal,
) -> Decimal:
    """Output per year = lines x hours x uptime x rate x yield x first-pass success.

    Shares are fractions of 1; the result is in the unit of the hourly rate's numerator, per year. Source:
    arithmetic of the factors a supply claim names.
    """
    with localcontext(_WORK):
        share = uptime * process_yield * first_pass_success
        return _short(lines * hours_per_year * rate_per_hour * share)


def within(claimed: Decimal, computed: Decimal, tolerance: Decimal) -> bool:
    """Whether a claim differs from the computed figure by at most a share (0.05 for 5 %) of the latter."""
    with localcontext(_WORK):
        return abs(claimed - computed) <= tolerance * abs(computed)


def schedule(baseline: Sequence[Decimal], proposed: Sequence[Decimal]) -> Schedule | None:
    """Days of a baseline and of a proposed schedule, added up; None if either list is empty."""
    if not baseline or not proposed:
        return None
    with localcontext(_WORK):
        before, after = sum(baseline, Decimal(0)), sum(proposed, Decimal(0))
        share = _short((before - after) / before) if before else None
        return Schedule(_short(before), _short(after), _short(before - after), share)


def _exact(number: float) -> Decimal:
    return Decimal(float(number))


def _figure(number: float) -> Decimal:
    return _short(_exact(number))


def _short(figure: Decimal) -> Decimal:
    """The figure to 12 significant digits, without trailing zeros; whole numbers without an exponent."""
    rounded = _DIGITS.plus(figure).normalize(_DIGITS)
    if 0 < int(rounded.as_tuple().exponent) <= _DIGITS.prec:
        return rounded.quantize(Decimal(1), context=_WORK)
    return rounded
