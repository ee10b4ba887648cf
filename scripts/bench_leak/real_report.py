"""Rows of real runs as CSV, and what they add up to as Markdown."""
import csv
import math
import statistics

COLUMNS = ["target", "leaks", "run", "status", "verdict", "shape", "over", "points", "warmup_points", "unit", "truth_bytes",
           "rate_bytes", "low_bytes", "high_bytes", "detectable_bytes", "mann_kendall", "least_squares", "peak",
           "seconds", "reason"]
VERDICTS = ["confirmed", "suspected", "inconclusive", "none", "failed"]
BASELINES = ["mann_kendall", "least_squares", "peak"]
FOUND = ("confirmed", "suspected")


def write_csv(rows, file):
    writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in sorted(rows, key=lambda row: (row["leaks"], row["target"], row["run"])):
        writer.writerow({name: "" if row.get(name) is None else row[name] for name in COLUMNS})


def upper95(hits, runs):
    """One-sided bound of Clopper and Pearson, by bisection of the binomial's lower tail."""
    if hits >= runs:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        p = (low + high) / 2
        tail = sum(math.comb(runs, k) * p ** k * (1 - p) ** (runs - k) for k in range(hits + 1))
        low, high = (p, high) if tail > 0.05 else (low, p)
    return high


def quantity(value):
    if value is None:
        return "-"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if abs(value) < 1000 or unit == "TiB":
            return f"{value:.3g} {unit}"
        value /= 1024
    return "-"


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def count(rows, *verdicts):
    return sum(row["verdict"] in verdicts for row in rows)


def share(rows, key):
    return sum(row.get(key) or 0 for row in rows)


def table(head, lines, file):
    file.write("| " + " | ".join(head) + " |\n|" + "---|" * len(head) + "\n")
    for line in lines:
        file.write("| " + " | ".join(str(cell) for cell in line) + " |\n")
    file.write("\n")


def of_target(rows, target):
    return [row for row in rows if row["target"] == target.name]


def free_table(rows, targets, file):
    lines = []
    for target in targets:
        own = of_target(rows, target)
        lines.append([target.name, len(own), *(count(own, verdict) for verdict in VERDICTS),
                      *(share(own, name) for name in BASELINES), f"{median([row['seconds'] for row in own]):.1f} s"])
    lines.append(["**all**", len(rows), *(count(rows, verdict) for verdict in VERDICTS),
                  *(share(rows, name) for name in BASELINES), ""])
    table(["does not leak", "runs", *VERDICTS, "Mann-Kendall", "least squares", "peak +10 %", "took"], lines, file)


def detected(rows):
    """Those whose leak is at least what the run said that it could see."""
    return [row for row in rows if row.get("detectable_bytes") and row["truth_bytes"] >= row["detectable_bytes"]]


def rate_error(row):
    if row.get("rate_bytes") is None or not row.get("truth_bytes"):
        return None
    return row["rate_bytes"] / row["truth_bytes"]


def error_text(own):
    ratios = [ratio for ratio in map(rate_error, own) if ratio is not None]
    return f"{min(ratios):.2f} .. {max(ratios):.2f}" if ratios else "-"


def covered(own):
    """Of the runs with an interval, those whose interval holds the truth."""
    sure = [row for row in own if row.get("low_bytes") is not None]
    held = sum(row["low_bytes"] <= row["truth_bytes"] <= row["high_bytes"] for row in sure)
    return f"{held}/{len(sure)}"


def leaking_table(rows, targets, file):
    lines = []
    for target in targets:
        own = of_target(rows, target)
        unit = own[0].get("unit", "hour")
        lines.append([target.name, len(own), *(count(own, verdict) for verdict in VERDICTS),
                      f"{quantity(median([row.get('truth_bytes') for row in own]))}/{unit}", error_text(own), covered(own),
                      quantity(median([row.get("detectable_bytes") for row in own])),
                      *(share(own, name) for name in BASELINES), f"{median([row['seconds'] for row in own]):.1f} s"])
    table(["leaks", "runs", *VERDICTS, "truth", "told / truth", "interval holds it", "detectable", "Mann-Kendall",
           "least squares", "peak +10 %", "took"], lines, file)


def write_markdown(rows, targets, seconds, file):
    """Returns whether the goals were met."""
    free = [row for row in rows if not row["leaks"]]
    leaking = [row for row in rows if row["leaks"]]
    seen = detected(leaking)
    missed = [row for row in seen if row["verdict"] not in FOUND]
    false = count(free, "confirmed")
    failed = count(rows, "failed")
    file.write(f"{len(free)} runs that do not leak and {len(leaking)} that do, in {seconds / 60:.0f} minutes.\n\n")
    if free:
        file.write(f"- `confirmed` without a leak: {false} of {len(free)} (so rarer than {upper95(false, len(free)):.1%}, at 95 %"
                   f" confidence); `suspected`: {count(free, 'suspected')}.\n")
        for name, words in zip(BASELINES, ("Mann-Kendall", "Least squares", "The peak 10 % higher")):
            hits = share(free, name)
            file.write(f"- {words} raises an alarm in {hits} of those ({hits / len(free):.0%}), and in {share(leaking, name)}"
                       f" of the {len(leaking)} that leak.\n")
    if leaking:
        file.write(f"- Leaks found: {count(leaking, *FOUND)} of {len(leaking)}, `confirmed` {count(leaking, 'confirmed')}. Of"
                   f" those at or above the rate that the run itself called detectable: {len(seen) - len(missed)} of"
                   f" {len(seen)}.\n")
    if failed:
        file.write(f"- Runs that came to no verdict at all: {failed}.\n")
    file.write("\n")
    if free:
        free_table(free, [target for target in targets if not target.leaks], file)
    if leaking:
        leaking_table(leaking, [target for target in targets if target.leaks], file)
    file.write("The simpler tests are given what the processes held (anonymous and shared memory), 60 readings of each run\n"
               "after its start. Servers go through 20 cycles of their load; the others are seen over time.\n")
    return false == 0 and failed == 0 and len(missed) <= 0.01 * len(seen)
