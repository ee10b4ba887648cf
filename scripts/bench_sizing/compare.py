"""What follows from the rows: each recommender's limits, judged by the truth of every target. Pure."""
import random
from collections import namedtuple

from figures import clopper_pearson, fails_at, falling_fit, quantile, smallest_good
from measure import SITUATIONS, grid_limit
from recommenders import Advice, Day, advise

OURS = "plimsoll"
# Swept margins: what each recommender says is multiplied by these.
SWEEP = [0.5 * 1.01 ** i for i in range(232)]

Case = namedtuple("Case", "name fits needs advice fresh grows")
Score = namedtuple("Score", "name view slacks floored_slacks fails by_situation rate")


def others_advice(calibration):
    """The same each time: its random numbers have a fixed seed."""
    runs = [(run["duration_s"], run["series"]) for run in calibration["runs"]]
    return advise(Day(runs, random.Random(1)), [run["peak_bytes"] for run in calibration["runs"]])


def whole_page(limit):
    return int(limit) // 4096 * 4096


def others_limits(calibration):
    return [whole_page(advice.bare) for advice in others_advice(calibration)]


def tallies(row, situation):
    """All fresh runs of a situation: those of the grid, ours and, at the usual load, those at the others' limits."""
    points = [tuple(point) for point in row[f"truth.{situation}"]]
    runs = [row[f"ours.{situation}"]] if f"ours.{situation}" in row else []
    if situation == "base":
        runs += row["others"]
    return points + [(run["limit_bytes"], run["fails"], run["runs"]) for run in runs]


def need_of(row, situation):
    """L_oom: the least limit of the grid with P(fail) <= 5 %; None where it lives at the least of all."""
    need = smallest_good(falling_fit([tuple(point) for point in row[f"truth.{situation}"]]))
    return need if need and need > grid_limit(0) else None


def case_of(name, row, grows):
    """`grows`: the situations that no limit lasts for. They are told, but not counted."""
    ours = row["size"]["limit_bytes"]
    advice = [Advice(OURS, "trials", ours, ours)] if ours else []
    counted = [situation for situation in SITUATIONS if situation not in grows]
    return Case(name, {situation: falling_fit(tallies(row, situation)) for situation in counted},
                {situation: need_of(row, situation) for situation in SITUATIONS},
                advice + others_advice(row["calibration"]), row["others"], grows)


def recommenders(cases):
    """(name, view) of each, ours first, in the order of their advice."""
    seen = {}
    for case in cases:
        for advice in case.advice:
            seen.setdefault((advice.name, advice.view), True)
    return sorted(seen, key=lambda key: key[0] != OURS)


def limits_by(cases, key, floored=False):
    """(case, limit) wherever it has an answer."""
    return [(case, advice.floored if floored else advice.bare) for case in cases for advice in case.advice
            if (advice.name, advice.view) == key]


def slacks(pairs, factor=1.0, situation="base"):
    return [limit * factor / case.needs[situation] - 1 for case, limit in pairs
            if case.needs[situation] and situation not in case.grows]


def chances(pairs, factor=1.0, situations=SITUATIONS):
    return [fails_at(case.fits[situation], limit * factor) for case, limit in pairs for situation in situations
            if situation in case.fits]


def mean(values):
    return sum(values) / len(values) if values else 0.0


def score(cases, key):
    bare, floored = limits_by(cases, key), limits_by(cases, key, True)
    return Score(key[0], key[1], slacks(bare), slacks(floored),
                 {situation: sum(p > 0.05 for p in chances(bare, 1, [situation])) for situation in SITUATIONS},
                 {situation: mean(chances(bare, 1, [situation])) for situation in SITUATIONS},
                 mean(chances(bare)))


def curve(cases, key, situations=SITUATIONS):
    """(factor, rate of failures, median slack) of each swept margin."""
    pairs = limits_by(cases, key)
    return [(factor, mean(chances(pairs, factor, situations)), quantile(slacks(pairs, factor), 0.5))
            for factor in SWEEP]


def at_rate(swept, rate):
    """The least margin that fails no more often, and does not for any greater one: (factor, rate, slack), or None."""
    best = None
    for point in reversed(swept):
        if point[1] > rate + 1e-9:
            break
        best = point
    return best


def slack_at(cases, key, rate, situations=SITUATIONS):
    found = at_rate(curve(cases, key, situations), rate)
    if not found:
        return None
    pairs = limits_by(cases, key)
    values = slacks(pairs, found[0])
    return {"factor": found[0], "rate": found[1], "median": quantile(values, 0.5), "p95": quantile(values, 0.95),
            "mean": mean(values), "worst": max(values)}


def bound_text(fails, runs):
    low, high = clopper_pearson(fails, runs)
    if fails == 0:
        return f"< {100 * high:.1f} %"
    return f"{100 * low:.1f} .. {100 * high:.1f} %"


