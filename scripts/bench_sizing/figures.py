"""Statistics: pure functions, no I/O."""
import math


def quantile(values, share):
    """Between neighbours, linearly. None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def weighted_quantile(samples, share):
    """Of (value, weight): the least value with at least this share of the weight at or below it."""
    ordered = sorted(samples)
    wanted = share * sum(weight for _, weight in ordered)
    total = 0.0
    for value, weight in ordered:
        total += weight
        if total >= wanted - 1e-12:
            return value
    return ordered[-1][0]


def _log_term(n, i, p):
    return (math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1)
            + i * math.log(p) + (n - i) * math.log1p(-p))


def _at_most(k, n, p):
    """P(X <= k), X binomial."""
    if p <= 0:
        return 1.0
    if p >= 1:
        return 1.0 if k >= n else 0.0
    return min(1.0, sum(math.exp(_log_term(n, i, p)) for i in range(k + 1)))


def _solve(function, wanted):
    """Where a falling function of 0..1 takes this value."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if function(middle) > wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def clopper_pearson(fails, runs, doubt=0.05):
    """Bounds of P(fail). One-sided where all or none failed, so that 0 of 59 is below 5 %; else two-sided."""
    if runs == 0:
        return 0.0, 1.0
    if fails == 0:
        return 0.0, 1 - doubt ** (1 / runs)
    if fails == runs:
        return doubt ** (1 / runs), 1.0
    return (_solve(lambda p: _at_most(fails - 1, runs, p), 1 - doubt / 2),
            _solve(lambda p: _at_most(fails, runs, p), doubt / 2))


def falling_fit(points):
    """Isotonic: of (limit, fails, runs), (limit, P(fail)) that never rises with the limit. Pools adjacent violators."""
    merged = {}
    for limit, fails, runs in points:
        if runs:
            before = merged.get(limit, (0, 0))
            merged[limit] = (before[0] + fails, before[1] + runs)
    blocks = []
    for limit in sorted(merged):
        fails, runs = merged[limit]
        blocks.append([[limit], fails, runs])
        while len(blocks) > 1 and blocks[-2][1] * blocks[-1][2] < blocks[-1][1] * blocks[-2][2]:
            limits, fails, runs = blocks.pop()
            blocks[-1][0] += limits
            blocks[-1][1] += fails
            blocks[-1][2] += runs
    return [(limit, fails / runs) for limits, fails, runs in blocks for limit in limits]


def fails_at(fit, limit):
    """P(fail) at any limit: between two that were tried, linear in the logarithm; outside, that of the end."""
    if limit <= fit[0][0]:
        return fit[0][1]
    for (low, p_low), (high, p_high) in zip(fit, fit[1:]):
        if limit <= high:
            return p_low + (p_high - p_low) * math.log(limit / low) / math.log(high / low)
    return fit[-1][1]


def smallest_good(fit, allowed=0.05):
    """The smallest limit that was tried with P(fail) <= allowed, None if there is none."""
    return next((limit for limit, p in fit if p <= allowed + 1e-9), None)
