"""What others recommend, by their own formulas: pure functions of what they get to see.

A day is the same load repeated. Of it, `working_set` gives the readings at a period, and `peaks` the memory.peak of
each run. Kubernetes VPA 1.x, KRR "simple", Goldilocks and Autopilot (EuroSys 2020, section 3.2); see the constants.
"""
import bisect
import math
from collections import namedtuple

from figures import weighted_quantile

MI = 1 << 20
DAY_S = 24 * 3600

VPA_FIRST_BUCKET = 1e7
VPA_GROWTH = 1.05
VPA_MARGIN = 1.15
VPA_FLOOR = 250 * MI  # shared by the containers of a pod: here there is one
VPA_PERIOD_S = 60
KRR_MARGIN = 1.15
KRR_FLOOR = 100 * MI
KRR_PERIOD_S = 75
AUTOPILOT_HALF_LIFE_S = 48 * 3600
AUTOPILOT_WINDOW_S = 300
AUTOPILOT_MARGIN = 1.15  # 10 to 15 %, the more the smaller the job, and all here are small
CPU_SAMPLES_A_DAY = 1440


def ceil_mi(bytes_):
    return math.ceil(bytes_ / MI - 1e-9) * MI


# --- Kubernetes VPA

def bucket_start(number):
    return VPA_FIRST_BUCKET * (VPA_GROWTH ** number - 1) / (VPA_GROWTH - 1)


def bucket_end(value):
    """The end of the bucket that a value falls into: what a percentile returns."""
    number = int(math.log(value * (VPA_GROWTH - 1) / VPA_FIRST_BUCKET + 1) / math.log(VPA_GROWTH) + 1e-12)
    return bucket_start(number + 1)


def vpa_percentile(day_maxima, share):
    """Of the maximum of each day, oldest first, with a half-life of a day."""
    weighed = [(bucket_end(value), 2.0 ** day) for day, value in enumerate(day_maxima)]
    return weighted_quantile(weighed, share)


def vpa_confidence(days, samples):
    return min(days, samples / CPU_SAMPLES_A_DAY)


def vpa_target(day_maxima):
    return vpa_percentile(day_maxima, 0.90) * VPA_MARGIN


def vpa_lower(day_maxima, confidence):
    return vpa_percentile(day_maxima, 0.50) * VPA_MARGIN * (1 + 0.001 / confidence) ** -2


def vpa_upper(day_maxima, confidence):
    return vpa_percentile(day_maxima, 0.95) * VPA_MARGIN * (1 + 1 / confidence)


# --- the others

def krr(readings):
    return ceil_mi(KRR_MARGIN * max(readings))


def window_maxima(readings, each):
    return [max(readings[i:i + each]) for i in range(0, len(readings), each)]


def autopilot(maxima, tolerance):
    """The moving window over the maxima of five minutes each, oldest first, and the highest of the last hour."""
    an_hour = 3600 // AUTOPILOT_WINDOW_S
    return max(_autopilot_at(maxima[:end], tolerance)
               for end in range(max(1, len(maxima) - an_hour + 1), len(maxima) + 1))


def _autopilot_at(maxima, tolerance):
    weighed = [(value, 2 ** -((len(maxima) - 1 - i) * AUTOPILOT_WINDOW_S / AUTOPILOT_HALF_LIFE_S))
               for i, value in enumerate(maxima)]
    highest = max(maxima)
    level = {"minimal": lambda: highest,
             "low": lambda: weighted_quantile(weighed, 0.98),
             "intermediate": lambda: max(weighted_quantile(weighed, 0.60), 0.5 * highest)}[tolerance]()
    return level * AUTOPILOT_MARGIN


# --- the day that they see

class Day:
    """Runs played one after another, in random order, for a day: a run is (duration_s, [(time_s, working set)])."""

    def __init__(self, runs, random):
        self.runs = [(duration, [time for time, _ in series], [value for _, value in series])
                     for duration, series in runs]
        self.random = random

    def working_set(self, period_s, day_s=DAY_S):
        """Read each period, from a random phase on."""
        readings = []
        begun, ends = 0.0, 0.0
        now = self.random.uniform(0, period_s)
        while now < day_s:
            while ends <= now:
                duration, times, values = self.random.choice(self.runs)
                begun, ends = ends, ends + duration
            place = bisect.bisect_right(times, now - begun) - 1
            readings.append(values[max(place, 0)])
            now += period_s
        return readings


# A limit before and after the product's floor. `view`: what it was fed.
Advice = namedtuple("Advice", "name view bare floored")


def advise(day, peaks):
    """All of them, each on its native view and on memory.peak. The fixed factors have one view, the peak of one run."""
    each_second = day.working_set(1)
    views = [("working set", [max(day.working_set(VPA_PERIOD_S))], day.working_set(KRR_PERIOD_S),
              window_maxima(each_second, AUTOPILOT_WINDOW_S)),
             ("memory.peak", [max(peaks)], peaks, [max(peaks)] * (DAY_S // AUTOPILOT_WINDOW_S))]
    advice = []
    for view, day_maxima, readings, maxima in views:
        target = vpa_target(day_maxima)
        upper = vpa_upper(day_maxima, vpa_confidence(1, CPU_SAMPLES_A_DAY))
        advice += [
            Advice("VPA", view, target, max(target, VPA_FLOOR)),
            Advice("Goldilocks guaranteed", view, ceil_mi(target), ceil_mi(max(target, VPA_FLOOR))),
            Advice("Goldilocks burstable", view, ceil_mi(upper), ceil_mi(max(upper, VPA_FLOOR))),
            Advice("KRR", view, krr(readings), max(krr(readings), KRR_FLOOR)),
        ]
        for tolerance in ("minimal", "low", "intermediate"):
            limit = autopilot(maxima, tolerance)
            advice.append(Advice(f"Autopilot {tolerance}", view, limit, limit))
    for name, factor in (("20 % rule", 1.2), ("fixed 1.5x", 1.5), ("fixed 2x", 2.0)):
        limit = ceil_mi(factor * peaks[0])
        advice.append(Advice(name, "memory.peak", limit, limit))
    return advice


__all__ = ["MI", "Day", "Advice", "advise", "ceil_mi"]
