"""The formulas against values worked out by hand."""
import random

from compare import at_rate
from figures import clopper_pearson, fails_at, falling_fit, quantile, smallest_good, weighted_quantile
from measure import Truth, grid_index, grid_limit
from recommenders import (MI, Day, advise, autopilot, bucket_end, bucket_start, ceil_mi, krr, vpa_confidence, vpa_lower,
                          vpa_percentile, vpa_target, vpa_upper, window_maxima)


def close(got, wanted):
    if isinstance(wanted, (list, tuple)):
        return len(got) == len(wanted) and all(close(a, b) for a, b in zip(got, wanted))
    if isinstance(wanted, float):
        return abs(got - wanted) <= 1e-6 * max(1, abs(wanted))
    return got == wanted


def constant_day():
    return Day([(0.25, [(0.0, 64 * MI), (0.2, 64 * MI)])], random.Random(1))


def advice_of(name, view):
    return next(advice for advice in advise(constant_day(), [64 * MI, 70 * MI]) if advice[:2] == (name, view))


def spiky_day():
    """40 bytes, and 56 in the last quarter: a reading sees the one or the other, about every fourth the higher."""
    readings = Day([(0.4, [(0.0, 40), (0.3, 56)]), (0.37, [(0.0, 40), (0.28, 56)])], random.Random(1)).working_set(60)
    return len(readings), sorted(set(readings)), 0.15 < readings.count(56) / len(readings) < 0.35


def searched(dies_below):
    points = Truth(lambda limit: limit < dies_below, 20).measure(100 * MI)
    return smallest_good(falling_fit(points)) == grid_limit(next(i for i in range(500) if grid_limit(i) >= dies_below))


SPIKE_FIRST = [1000.0] + [100.0] * 287

# What, the value, what it must be.
CASES = [
    # Histogram: bucket n from 1e7 * (1.05^n - 1) / 0.05. 1.05^2 = 1.1025, 1.05^5 = 1.2762815625, 1.05^6 = 1.340095640625.
    ("bucket starts", lambda: [bucket_start(n) for n in (0, 1, 2, 5, 6)], [0.0, 1e7, 2.05e7, 55256312.5, 68019128.125]),
    ("the end of the first bucket", lambda: bucket_end(5e6), 1e7),
    ("a value at a start is of that bucket", lambda: bucket_end(1e7), 2.05e7),
    ("64Mi = 67108864 lies in bucket 5", lambda: bucket_end(64 * MI), 68019128.125),
    ("VPA target: times 1.15", lambda: vpa_target([64 * MI]), 78221997.34375),
    ("VPA lower bound of one day: / 1.001^2 = 1.002001", lambda: vpa_lower([64 * MI], 1), 78065787.702477),
    ("VPA upper bound of one day: times 2", lambda: vpa_upper([64 * MI], 1), 156443994.6875),
    ("VPA upper bound of ten days: times 1.1", lambda: vpa_upper([64 * MI], 10), 86044197.078125),
    ("VPA half-life: the newer of two days weighs 2/3", lambda: vpa_percentile([2e8, 5e7], 0.5), 55256312.5),
    ("VPA: and the older 1/3, so that P90 is its", lambda: vpa_percentile([64 * MI, 5e7], 0.9), 68019128.125),
    ("VPA: eleven days after, it is forgotten", lambda: vpa_percentile([64 * MI] + [5e7] * 11, 0.9), 55256312.5),
    ("VPA confidence", lambda: (vpa_confidence(3, 1440), vpa_confidence(3, 14400)), (1.0, 3)),
    ("KRR: 1.15 * 100Mi", lambda: krr([90 * MI, 100 * MI]), 115 * MI),
    ("KRR: 1.15 * 61Mi = 70.15Mi, up", lambda: krr([61 * MI]), 71 * MI),
    ("whole Mi", lambda: (ceil_mi(MI), ceil_mi(MI + 1)), (MI, 2 * MI)),
    ("Autopilot windows", lambda: window_maxima([1, 5, 2, 3, 4], 2), [5, 3, 4]),
    ("Autopilot of a constant", lambda: autopilot([100.0] * 288, "low"), 115.0),
    ("Autopilot minimal: the highest", lambda: autopilot(SPIKE_FIRST, "minimal"), 1150.0),
    ("Autopilot low: one window of 288 is beyond p98", lambda: autopilot(SPIKE_FIRST, "low"), 115.0),
    ("Autopilot intermediate: half of the highest", lambda: autopilot(SPIKE_FIRST, "intermediate"), 575.0),
    # 576 windows are 48 hours: the older day weighs between 1/2 and 0.71 of the newest, the newer day 0.71 to 1. Together
    # the newer one has 0.586 of all, so that p60 is of the older.
    ("Autopilot half-life: p60 of two days", lambda: autopilot([300.0] * 288 + [200.0] * 288, "intermediate"), 345.0),
    ("Autopilot half-life: p60 of 1.1 days", lambda: autopilot([300.0] * 29 + [200.0] * 288, "intermediate"), 230.0),
    ("VPA of a day of 64Mi, and its floor", lambda: advice_of("VPA", "working set")[2:], (78221997.34375, 250 * MI)),
    ("VPA fed peaks: 70Mi = 73400320, bucket 6 to 81420084.53125", lambda: advice_of("VPA", "memory.peak").bare,
     93633097.2109375),
    ("Goldilocks guaranteed: 74.6Mi, up", lambda: advice_of("Goldilocks guaranteed", "working set")[2:], (75 * MI, 250 * MI)),
    ("Goldilocks burstable: 149.2Mi, up", lambda: advice_of("Goldilocks burstable", "working set")[2:],
     (150 * MI, 250 * MI)),
    ("KRR of that day: 73.6Mi, up, and its floor", lambda: advice_of("KRR", "working set")[2:], (74 * MI, 100 * MI)),
    ("Autopilot of that day", lambda: advice_of("Autopilot minimal", "working set").bare, 1.15 * 64 * MI),
    ("Autopilot fed peaks", lambda: advice_of("Autopilot low", "memory.peak").bare, 1.15 * 70 * MI),
    ("20 % rule: 76.8Mi of the first run, up", lambda: advice_of("20 % rule", "memory.peak").bare, 77 * MI),
    ("fixed 1.5x and 2x", lambda: [advice_of(f"fixed {x}", "memory.peak").bare // MI for x in ("1.5x", "2x")], [96, 128]),
    ("readings of a day", spiky_day, (1440, [40, 56], True)),
    ("quantile", lambda: [quantile([4, 1, 3, 2], p) for p in (0, 0.5, 1)], [1.0, 2.5, 4.0]),
    ("weighted quantile", lambda: weighted_quantile([(2, 1), (1, 3)], 0.75), 1),
    ("0 of 59 and 0 of 29 are below 5 and 10 %", lambda: [clopper_pearson(0, n)[1] for n in (59, 29)], [0.049507610, 0.0981446]),
    ("Clopper-Pearson of 3 of 20", lambda: clopper_pearson(3, 20), (0.0320709, 0.3789268)),
    ("isotonic fit", lambda: falling_fit([(4, 0, 5), (1, 3, 3), (2, 1, 3), (3, 2, 3)]), [(1, 1.0), (2, 0.5), (3, 0.5), (4, 0.0)]),
    ("P between two limits", lambda: fails_at([(1, 1.0), (4, 0.0)], 2), 0.5),
    ("P outside", lambda: (fails_at([(1, 1.0), (4, 0.0)], 0.5), fails_at([(1, 1.0), (4, 0.0)], 5)), (1.0, 0.0)),
    ("the least good limit", lambda: smallest_good([(1, 1.0), (2, 0.05), (3, 0.0)]), 2),
    ("the grid", lambda: [grid_index(grid_limit(i)) for i in (0, 40, 170)], [0, 40, 170]),
    ("the true need, above and below the start", lambda: [searched(x * MI) for x in (130, 99, 30, 400)], [True] * 4),
    ("the least margin at a rate", lambda: at_rate([(1, 0.5, 0.1), (2, 0.0, 0.2), (3, 0.1, 0.3), (4, 0.0, 0.4), (5, 0.0, 0.5)], 0),
     (4, 0.0, 0.4)),
]


def self_test():
    failed = 0
    for what, value, wanted in CASES:
        got = value()
        if not close(got, wanted):
            failed += 1
            print(f"NOT OK  {what}: {got}, not {wanted}")
    print(f"formulas: {len(CASES) - failed} passed, {failed} failed, 0 skipped")
    return int(failed > 0)
