"""What simpler tests say of a series of readings: those that people write themselves.

Formulas: Mann 1945 and Kendall 1975 with the variance for ties (Gilbert 1987, 16.4.2); least squares with the
t quantile of Fisher's expansion (Abramowitz and Stegun 26.7.5).
"""
import math
from collections import Counter

NORMAL_975 = 1.959964


def mann_kendall(values):
    """Two-sided at 5 %, for growth."""
    n = len(values)
    if n < 4:
        return False
    score = 0
    for i in range(n - 1):
        here = values[i]
        for later in values[i + 1:]:
            score += (later > here) - (later < here)
    ties = sum(t * (t - 1) * (2 * t + 5) for t in Counter(values).values())
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    return variance > 0 and score > 0 and (score - 1) / math.sqrt(variance) > NORMAL_975


def t_975(degrees):
    z = NORMAL_975
    return (z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2)
            + (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3))


def least_squares(times, values):
    """The 95 % interval of the slope lies above 0."""
    n = len(values)
    if n < 4:
        return False
    mean_t, mean_v = sum(times) / n, sum(values) / n
    spread = sum((t - mean_t) ** 2 for t in times)
    if spread == 0:
        return False
    slope = sum((t - mean_t) * (v - mean_v) for t, v in zip(times, values)) / spread
    rest = sum((v - mean_v - slope * (t - mean_t)) ** 2 for t, v in zip(times, values))
    return slope - t_975(n - 2) * math.sqrt(rest / (n - 2) / spread) > 0


def peak_comparison(values):
    """The peak of the second half is more than 10 % above that of the first."""
    half = len(values) // 2
    return half > 0 and max(values[half:]) > 1.1 * max(values[:half])


def self_test():
    """By hand: 1..5 has S = 10, variance 50/3, z = 9 / 4.082 = 2.205; 2.571 is Student's quantile for 5."""
    assert mann_kendall([1, 2, 3, 4, 5])
    assert not mann_kendall([1, 2, 3, 4])  # z = 5 / 2.944 = 1.70
    assert not mann_kendall([5, 4, 3, 2, 1]) and not mann_kendall([7] * 20)
    # Ties: 1 1 2 2 3 3 3: S = 16, variance (7 * 6 * 19 - 2 * 18 - 66) / 18 = 38.67, z = 2.41.
    assert mann_kendall([1, 1, 2, 2, 3, 3, 3])
    assert abs(t_975(5) - 2.571) < 0.005 and abs(t_975(58) - 2.0017) < 0.0005
    # Slope 1, residuals +-0.5: standard error of it 0.193, t(3) = 3.182.
    assert least_squares([0, 1, 2, 3, 4], [0.5, 0.5, 2.5, 2.5, 4.5])
    assert not least_squares([0, 1, 2, 3, 4], [3, 1, 3, 1, 3])
    assert peak_comparison([10, 9, 12, 8]) and not peak_comparison([10, 9, 11, 8])
