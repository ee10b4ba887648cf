"""Goals, tables, CSV and plot of the rows."""
import csv
import os
import subprocess
import time

from compare import (OURS, bound_text, case_of, chances, curve, limits_by, mean, recommenders, score, slack_at, slacks,
                     whole_page)
from figures import fails_at, quantile
from measure import OTHERS_RUNS, SITUATIONS, TRUTH_RUNS
from recommenders import MI, ceil_mi

REAL_GOAL = 14
WORDS = {"base": "usual load", "load": "+20 % load", "time": "4x as long"}
RIVALS = [("VPA", "working set"), ("VPA", "memory.peak"), ("KRR", "working set"), ("KRR", "memory.peak")]
# Below the least limit that the harness tries, a program's need says nothing of a recommender, but of its floor.
COMPARED_FROM = 4 * MI
# A recommendation of headroom 1.0 is a whole Mi; the true need lies on a grid of 2.5 %, the OOM point within 1 %.
SAME_NEED = 0.05


def mib(limit):
    return "" if limit is None else f"{limit / MI:.1f}"


def percent(ratio, digits=0):
    return "" if ratio is None else f"{100 * ratio:.{digits}f} %"


def three(values):
    """Median, 95th percentile and worst."""
    if not values:
        return ["", "", ""]
    return [percent(quantile(values, 0.5)), percent(quantile(values, 0.95)), percent(max(values))]


def listed(words):
    return ", ".join(words) or "none"


def goal(has_one, met):
    return ("less", met) if has_one else ("", None)


class Results:
    def __init__(self, rows, corpus, whole=True):
        self.whole = whole  # not a few of it that were asked for
        self.rows = rows  # by name
        self.corpus = corpus  # by name: {"what", "kind": "real" or "synthetic", "grows": [situation]}
        self.cases = [case_of(name, row, corpus[name]["grows"]) for name, row in rows.items()]
        self.compared = [case for case in self.cases if (case.needs["base"] or 0) >= COMPARED_FROM]
        self.keys = recommenders(self.compared)
        self.scores = [score(self.compared, key) for key in self.keys]
        self.our_rate = mean(chances(limits_by(self.compared, (OURS, "trials"))))

    def ours(self, situation):
        return {name: row[f"ours.{situation}"] for name, row in self.rows.items() if f"ours.{situation}" in row}

    def counted(self, situation):
        return {name: run for name, run in self.ours(situation).items()
                if situation not in self.corpus[name]["grows"]}

    # --- goals: (figure, value, goal, verdict)

    def goals(self):
        return [self._real(), self._lives(), *self._rivals(), self._headroom_one()]

    def _real(self):
        real = [name for name in self.rows if self.corpus[name]["kind"] == "real"]
        return ("real programs, and synthetic ones", f"{len(real)}, and {len(self.rows) - len(real)}",
                *((f">= {REAL_GOAL}", len(real) >= REAL_GOAL) if self.whole else ("", None)))

    def _lives(self):
        ours = self.ours("base")
        fails, runs = sum(run["fails"] for run in ours.values()), sum(run["runs"] for run in ours.values())
        missing = [name for name in self.rows if name not in ours]
        each = next(iter(ours.values()), {"runs": 0})["runs"]
        text = f"{fails} of {runs} (P(OOM) {bound_text(fails, runs)}; of each target {bound_text(0, each)})" if runs else "none"
        if missing:
            text += f"; no recommendation: {listed(missing)}"
        return (f"fresh runs that failed at our limit, {each} per target", text, "0", fails == 0 and not missing)

    def _rivals(self):
        """At the rate of our default settings, their margin swept; at the rate of theirs, our margin swept; and where none
        fails, both swept. What they are fed by themselves has a goal, what memory.peak gains them has none."""
        ours = slacks(limits_by(self.compared, (OURS, "trials")))
        for key in RIVALS if ours else []:
            native = key[1] == "working set"
            who = f"{key[0]} fed {'its ' if native else ''}{key[1]}"
            theirs = slack_at(self.compared, key, self.our_rate)
            if theirs:
                yield (f"median slack at our OOM rate ({percent(self.our_rate, 1)}): ours to {who}",
                       f"{percent(quantile(ours, 0.5))} to {percent(theirs['median'])} (mean {percent(mean(ours))} to "
                       f"{percent(theirs['mean'])}; their limits times {theirs['factor']:.2f})",
                       *goal(native, quantile(ours, 0.5) < theirs["median"]))
            yield from self._at_theirs(key, who, native)
            yield from self._where_none_fails(key, who, native)

    def _where_none_fails(self, key, who, native):
        ours, theirs = slack_at(self.compared, (OURS, "trials"), 0.0), slack_at(self.compared, key, 0.0)
        if ours and theirs:
            yield (f"median slack where none fails, both swept: ours to {who}",
                   f"{percent(ours['median'])} to {percent(theirs['median'])} (mean {percent(ours['mean'])} to "
                   f"{percent(theirs['mean'])}; limits times {ours['factor']:.2f} and {theirs['factor']:.2f})",
                   *goal(native, ours["median"] < theirs["median"]))

    def _at_theirs(self, key, who, native):
        pairs = limits_by(self.compared, key)
        rate, theirs = mean(chances(pairs)), slacks(pairs)
        swept = slack_at(self.compared, (OURS, "trials"), rate)
        if swept and theirs:
            yield (f"median slack at its OOM rate ({percent(rate, 1)}): ours to {who}",
                   f"{percent(swept['median'])} to {percent(quantile(theirs, 0.5))} (mean {percent(swept['mean'])} to "
                   f"{percent(mean(theirs))}; our limits times {swept['factor']:.2f})",
                   *goal(native, swept["median"] < quantile(theirs, 0.5)))

    def headroom_one(self, name):
        """(limit, ratio to the true need, what it is: "" for the OOM point)."""
        row, needs = self.rows[name]["size_1.0"], {case.name: case.needs for case in self.cases}[name]
        limit, lives = row["limit_bytes"], row["survives_bytes"]
        ratio = limit / needs["base"] if limit and needs["base"] else None
        if not limit or not lives:
            return limit, ratio, "no answer"
        if limit == ceil_mi(lives):
            return limit, ratio, ""
        slow = row["slowdown_bytes"]
        return limit, ratio, "slowdown point" if slow and limit == ceil_mi(slow) else f"its OOM point is {mib(lives)} MiB"

    def _headroom_one(self):
        answers = {name: self.headroom_one(name) for name in self.rows}
        not_it = [f"{name} ({what})" for name, (_, _, what) in answers.items() if what]
        far = [f"{name} ({ratio:.2f}x of the true need)" for name, (limit, ratio, what) in answers.items()
               if not what and ratio and self.rows[name]["size_1.0"]["ooms_bytes"] and abs(ratio - 1) > SAME_NEED + MI / limit]
        text = f"{len(answers) - len(not_it)} of {len(answers)}"
        if not_it or far:
            text += f"; not: {listed(not_it + far)}"
        return ("`--headroom 1.0` gives the OOM point, whole Mi", text, "all", not not_it and not far)

    def figures(self):
        """What has no goal."""
        for situation in ("load", "time"):
            ours = self.counted(situation)
            fails, runs = sum(run["fails"] for run in ours.values()), sum(run["runs"] for run in ours.values())
            if runs:
                died = [f"{name} {run['fails']} of {run['runs']}" for name, run in ours.items() if run["fails"]]
                yield (f"fresh runs that failed at our limit, {WORDS[situation]}",
                       f"{fails} of {runs} (P(OOM) {bound_text(fails, runs)}){'; ' + listed(died) if died else ''}", "", None)
        for key in [(OURS, "trials"), *RIVALS]:
            found = slack_at(self.compared, key, 0.0, ["base"])
            if found:
                yield (f"median slack of {key[0]} fed {key[1]} where just none fails at the usual load",
                       f"{percent(found['median'])} (mean {percent(found['mean'])}; limits times {found['factor']:.2f})", "", None)
        for situation in SITUATIONS:
            values = slacks(limits_by(self.compared, (OURS, "trials")), 1.0, situation)
            if values:
                yield (f"our slack, {WORDS[situation]}: median, 95th percentile, worst", ", ".join(three(values)), "", None)
        trials = [row["size"]["trials"] for row in self.rows.values()]
        seconds = sum(row["size"]["seconds"] for row in self.rows.values())
        yield ("trials of a `plimsoll size`, median; seconds of all", f"{quantile(trials, 0.5):.0f}; {seconds:.0f}", "", None)

    # --- tables: a list of cells each

    def misses(self):
        for situation in SITUATIONS:
            for name, run in self.ours(situation).items():
                if run["fails"]:
                    how = ", ".join(f"{count} {what}" for what, count in sorted(run["how"].items()))
                    expected = situation in self.corpus[name]["grows"]
                    yield (f"{name}, {WORDS[situation]}, at {mib(run['limit_bytes'])} MiB: {run['fails']} of {run['runs']} "
                           f"failed ({how}){': as is to be expected, it grows with time, and is not counted' if expected else ''}")

    def target_line(self, name):
        case = next(case for case in self.cases if case.name == name)
        size, one = self.rows[name]["size"], self.headroom_one(name)
        line = [name, mib(size["survives_bytes"]), mib(case.needs["base"]) or "lives at 1", mib(size["request_bytes"]),
                mib(size["limit_bytes"]),
                percent(size["limit_bytes"] / case.needs["base"] - 1) if size["limit_bytes"] and case.needs["base"] else ""]
        for situation in SITUATIONS:
            run = self.ours(situation).get(name)
            if situation != "base":
                line.append(mib(case.needs[situation]) + (" (grows)" if situation in case.grows else ""))
            line.append(f"{run['fails']} of {run['runs']}" if run else "")
        return line + [f"{one[1]:.3f}x" if one[1] else "", *self._notes(size)]

    @staticmethod
    def _notes(size):
        notes = []
        if not size["limit_bytes"]:
            notes.append("no recommendation")
        elif size["slowdown_bytes"] and size["limit_bytes"] == ceil_mi(size["slowdown_bytes"]):
            notes.append("limit is the slowdown point")
        if not size["ooms_bytes"]:
            notes.append("not seen to die")
        return [", ".join(notes)]

    def recommender_lines(self):
        for line in self.scores:
            yield [line.name, line.view, *three(line.slacks), *three(line.floored_slacks),
                   *[f"{line.fails[situation]} ({percent(line.by_situation[situation], 1)})" for situation in SITUATIONS],
                   percent(line.rate, 1)]

    def equal_lines(self):
        """At the OOM rate of our default settings, then at others: their margin, and the slack that comes of it."""
        for key in self.keys:
            line = [key[0], key[1]]
            for rate in self.rates():
                found = slack_at(self.compared, key, rate)
                line.append(f"{percent(found['median'])} (x{found['factor']:.2f})" if found else "")
            first = slack_at(self.compared, key, self.our_rate)
            yield line + ([percent(first[what]) for what in ("mean", "p95", "worst")] if first else ["", "", ""])

    def rates(self):
        return sorted({self.our_rate, 0.0, 0.01, 0.05, 0.1})

    def equal_head(self):
        return ["recommender", "fed", *[f"at {percent(rate, 1)}" for rate in self.rates()], "mean at ours", "95th", "worst"]


def verdict(met):
    return "" if met is None else "met" if met else "MISSED"


def goal_cells(lines):
    return [[figure, value, goal, verdict(met)] for figure, value, goal, met in lines]


def table(head, lines):
    rows = [head, ["---"] * len(head), *lines]
    return "".join("| " + " | ".join(str(cell) for cell in row) + " |\n" for row in rows)


TARGET_HEAD = ["target", "OOM point found", "true need", "request", "limit", "slack", "failed",
               "need at +20 %", "failed", "need at 4x", "failed", "headroom 1.0 to need", "note"]
RECOMMENDER_HEAD = ["recommender", "fed", "slack", "95th", "worst", "with floor", "95th", "worst",
                    "fail: usual load", "+20 %", "4x", "P(OOM) in all"]


def markdown(results, machine):
    facts = "".join(f"- {fact}\n" for fact in machine)
    misses = "".join(f"- {miss}\n" for miss in results.misses()) or "- none\n"
    commands = table(["target", "kind", "what it does (at the size used here)", "command"],
                     [[name, about["kind"], about["what"], f"`{about['command']}`"] for name, about in results.corpus.items()
                      if name in results.rows])
    return f"""# How good the recommended limits are

Made by `scripts/bench-sizing`; its --help says what is counted.

{facts}
## Goals

{table(["figure", "value", "goal", ""], goal_cells([*results.goals(), *results.figures()]))}
## Runs that failed at our limit

{misses}
## Each target

MiB. The true need is the least limit with P(failure) <= 5 %, by fresh runs of other inputs than the search has
seen: {TRUTH_RUNS["base"]} of them there, {TRUTH_RUNS["load"]} at more load, {TRUTH_RUNS["time"]} for longer. Slack is the limit over it.

{table(TARGET_HEAD, [results.target_line(name) for name in results.rows])}
## The recommenders, at their own margins

Slack is over the true need at the usual load: median, 95th percentile and worst, without the floors that products have
and with them. Everything else is without floors: they hide what is recommended for programs as small as these. "fail"
is for how many targets P(failure) is above 5 %, and the mean P(failure). P at a limit is read from the fit to all fresh
runs of the target; limits above the grid are taken to live as those at its end do, which {OTHERS_RUNS} fresh runs at the
least such limit confirm. Left out, here and below, is what needs less than {mib(COMPARED_FROM)} MiB, the least that `plimsoll`
tries, for there only floors would be compared: {listed(sorted(set(results.rows) - {case.name for case in results.compared}))}.

{table(RECOMMENDER_HEAD, results.recommender_lines())}
## Slack at equal OOM rate

Every recommender's limits are multiplied by one factor, the least with which no more of the corpus fails (usual load,
+20 % and 4x together) than the rate says: median slack, and the factor. The rate of our default settings is
{percent(results.our_rate, 2)}. The factor is chosen by hindsight, on the runs that it is judged by: nobody who sets limits has that.

{table(results.equal_head(), results.equal_lines())}
## The targets

{commands}"""


def write_csv(results, path):
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["target", "recommender", "fed", "limit_bytes", "floored_limit_bytes", "need_bytes", "slack_ratio",
                      "p_fail", "load_need_bytes", "p_fail_load", "time_need_bytes", "p_fail_time",
                      *[f"{word}_{situation}" for situation in SITUATIONS for word in ("fails", "runs")]])
        for case in results.cases:
            row = results.rows[case.name]
            for advice in case.advice:
                chance = {situation: f"{fails_at(fit, advice.bare):.4f}" for situation, fit in case.fits.items()}
                out.writerow([case.name, advice.name, advice.view, round(advice.bare), round(advice.floored),
                              case.needs["base"], f"{advice.bare / case.needs['base'] - 1:.4f}" if case.needs["base"] else "",
                              chance["base"], case.needs["load"], chance.get("load", ""), case.needs["time"],
                              chance.get("time", ""), *runs_at(row, advice)])


def runs_at(row, advice):
    """Fresh runs at just this limit, in each situation."""
    cells = []
    for situation in SITUATIONS:
        if advice.name == OURS:
            found = [row[f"ours.{situation}"]]
        else:
            found = [run for run in row["others"] if situation == "base" and run["limit_bytes"] == whole_page(advice.bare)]
        cells += [found[0]["fails"], found[0]["runs"]] if found else ["", ""]
    return cells


COLOURS = ["#1b6ca8", "#c0392b", "#d9a441", "#2e8b57", "#8e44ad", "#555555"]
PLOTTED = [(OURS, "trials"), ("VPA", "working set"), ("KRR", "working set"), ("Goldilocks burstable", "working set"),
           ("Autopilot intermediate", "working set"), ("20 % rule", "memory.peak")]


def plot(results, path, work):
    data = os.path.join(work, "sizing", "plot")
    drawn = [key for key in PLOTTED if key in results.keys]
    with open(data, "w", encoding="utf-8") as file:
        for key in drawn:
            file.write("".join(f"{100 * rate:.3f} {100 * slack:.3f}\n" for _, rate, slack in curve(results.compared, key)
                               if slack is not None) + "\n\n")
        for key in drawn:
            own = score(results.compared, key)
            if own.slacks:
                file.write(f"{100 * own.rate:.3f} {100 * quantile(own.slacks, 0.5):.3f}\n")
            file.write("\n\n")
    lines = [f'"{data}" index {i} with lines linewidth 2 linecolor rgb "{COLOURS[i]}" title "{key[0]}"'
             for i, key in enumerate(drawn)]
    lines += [f'"{data}" index {len(drawn) + i} with points pointtype 7 pointsize 1.2 linecolor rgb "{COLOURS[i]}" notitle'
              for i in range(len(drawn))]
    script = f"""set terminal svg size 900,520 font "sans-serif,13" background "white"
set output "{path}"
set title "Slack against OOM rate: margins swept (lines), and as they are (dots)"
set xlabel "targets that fail at the recommended limit, mean of usual load, +20 % and 4x as long, %"
set ylabel "median slack over the true need, %"
set xrange [-1:60]
set yrange [-20:220]
set grid linecolor rgb "#dddddd"
set border 3
set tics nomirror
set key inside top right
plot {", ".join(lines)}
"""
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def write(results, machine, out, work):
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "bench-sizing.md"), "w", encoding="utf-8") as file:
        file.write(markdown(results, machine))
    write_csv(results, os.path.join(out, "bench-sizing.csv"))
    plot(results, os.path.join(out, "bench-sizing.svg"), work)


def load_average():
    with open("/proc/loadavg", encoding="ascii") as file:
        return file.read().split()[0]


def machine_facts(rows, settings, load_before, seconds):
    calibration = next(iter(rows.values()))["calibration"]
    return [f"plimsoll: {calibration['version']}, with every default",
            f"date: {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}",
            f"kernel: {os.uname().release}",
            f"CPUs: {os.cpu_count()}",
            f"memory cgroups: {calibration['cgroup']}",
            f"fresh runs at our limit: {settings['runs']}, at more load and for longer {settings['shift_runs']}",
            f"load average before: {load_before}; after: {load_average()} (this benchmark's own included)",
            f"took: {seconds / 60:.1f} minutes"]
