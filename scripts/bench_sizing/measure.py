"""What is measured of one target, stage by stage; each is on disk before the next begins."""
import csv
import json
import math
import os
import shutil
import subprocess
import time

from figures import falling_fit, smallest_good
from recommenders import MI

GRID = 1.025
SITUATIONS = ("base", "load", "time")
# Fresh runs that the true need rests on, in each situation.
TRUTH_RUNS = {"base": 20, "load": 5, "time": 3}
CALIBRATIONS = 5
OTHERS_RUNS = 3
BAND_RUNS = 3
# Steps of the grid, some hundredfold: farther from its OOM point no target is searched.
FARTHEST = 200


class Broken(Exception):
    """Status and message to end with."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def grid_limit(index):
    return round(MI * GRID ** index / 4096) * 4096


def grid_index(limit):
    return max(0, round(math.log(max(limit, MI) / MI) / math.log(GRID)))


def allowed_s(seconds):
    """As the harness tells a stall: ten times its time, and no less than two seconds more than it."""
    return max(10 * seconds, seconds + 2)


class Truth:
    """Fresh runs on the grid around the point where a target begins to live."""

    def __init__(self, runs_at, runs):
        self.runs_at = runs_at  # limit -> did it fail
        self.runs = runs
        self.tally = {}

    def fails(self, index):
        failed = self.runs_at(grid_limit(index))
        fails, runs = self.tally.get(index, (0, 0))
        self.tally[index] = (fails + failed, runs + 1)
        return failed

    def _up(self, dies):
        step = 1
        while self.fails(dies + step):
            dies += step
            step *= 2
            if step > FARTHEST:
                raise Broken(3, "it fails at every limit")
        return dies, dies + step

    def _down(self, lives):
        step = 1
        while lives > 0:
            below = max(0, lives - step)
            if self.fails(below):
                return below, lives
            lives = below
            step *= 2
        return -1, 0

    def _good(self, index, runs):
        """Lives in so many runs, but for one in twenty."""
        while True:
            fails, done = self.tally.get(index, (0, 0))
            if fails > runs // 20:
                return False
            if done >= runs:
                return True
            self.fails(index)

    def measure(self, start):
        first = grid_index(start)
        low, high = self._up(first) if self.fails(first) else self._down(first)
        while high - low > 1:
            middle = (low + high) // 2
            if self.fails(middle):
                low = middle
            else:
                high = middle
        top = high
        while not self._good(top, self.runs):
            top += 1
            if top > high + FARTHEST:
                raise Broken(3, "it fails now and then at every limit")
        # The ends of the band of chance: where all die, and where all live.
        while low >= 0 and not self._all_die(low):
            low -= 1
        above = top + 1
        while not self._good(above, min(self.runs, 5)) or self.tally[above][0]:
            above += 1
        return [[grid_limit(index), *self.tally[index]] for index in sorted(self.tally)]

    def _all_die(self, index):
        while self.tally.get(index, (0, 0))[1] < BAND_RUNS:
            self.fails(index)
        return self.tally[index][0] == self.tally[index][1]


class Row:
    """One target's figures in a file, kept where they were measured in the same way."""

    def __init__(self, path, settings):
        self.path = path
        self.data = {"settings": settings}
        try:
            with open(path, encoding="utf-8") as file:
                there = json.load(file)
            if there.get("settings") == settings:
                self.data = there
        except (OSError, ValueError):
            pass

    def stage(self, name, measure):
        if name not in self.data:
            self.data[name] = measure()
            self.save()
        return self.data[name]

    def save(self):
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump(self.data, file)
        os.replace(self.path + ".new", self.path)


class Target:
    def __init__(self, name, work, argv, settings):
        self.name = name
        self.work = work
        self.argv = argv  # by situation, and "calibrate"
        self.runs = settings["runs"]
        self.shift_runs = settings["shift_runs"]
        self.row = Row(os.path.join(work, "sizing", name + ".json"), dict(settings, argv=argv))
        self.checker = None

    # --- with the harness: what the recommenders get to see, and what ours says

    def _plimsoll(self, words, good):
        folder = os.path.join(self.work, "sizing", "answer")
        shutil.rmtree(folder, ignore_errors=True)
        command = [os.path.join(self.work, "bin", "plimsoll"), *words, "-q", "--out", folder, "--",
                   *self.argv["calibrate"]]
        with open(os.path.join(self.work, "log"), "w", encoding="utf-8") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            try:
                status = process.wait()
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
        if status not in good:
            with open(os.path.join(self.work, "log"), encoding="utf-8", errors="replace") as log:
                last = (log.read().strip() or "no word").splitlines()[-1]
            raise Broken(5 if status == 5 else 3, f"{self.name}: plimsoll {words[0]} ended with status {status}: {last}")
        with open(os.path.join(folder, "result.json"), encoding="utf-8") as file:
            return status, json.load(file), folder

    def calibrate(self):
        runs = []
        for _ in range(CALIBRATIONS):
            _, result, folder = self._plimsoll(["run", "--timeout", "120s"], [0])
            trial = result["trials"][0]
            with open(os.path.join(folder, trial["samples"]), encoding="utf-8") as file:
                series = [(float(line["time_s"]), int(line["working_set_bytes"])) for line in csv.DictReader(file)
                          if line["working_set_bytes"]]
            # Shorter than two readings: nobody sees more of it than its peak.
            runs.append({"duration_s": trial["duration_s"], "peak_bytes": trial["peak_bytes"],
                         "series": series or [(0, trial["peak_bytes"])]})
        return {"runs": runs, "version": result["tool"]["version"], "cgroup": result["host"]["cgroup"]}

    def size(self, words):
        begun = time.monotonic()
        status, result, _ = self._plimsoll(["size", *words], [0, 4])
        advice, point, slow = result["recommendation"] or {}, result["oom_point"] or {}, result["slowdown_point"] or {}
        return {"status": status, "seconds": time.monotonic() - begun, "trials": len(result["trials"]),
                # What it could not prove, it does not recommend.
                "limit_bytes": advice.get("limit_bytes") if status == 0 else None, "request_bytes": advice.get("request_bytes"),
                "survives_bytes": point.get("survives_bytes"), "ooms_bytes": point.get("ooms_bytes"),
                "slowdown_bytes": slow.get("limit_bytes"), "warnings": advice.get("warnings", [])}

    # --- with the kernel's own files

    def _checked(self, situation, limit, seconds):
        return self.checker.run(self.argv[situation], limit, allowed_s(seconds))

    def unlimited(self, situation):
        seconds = []
        for _ in range(2):  # the first also caches what is read
            run = self._checked(situation, None, 120)
            if run.failed:
                raise Broken(3, f"{self.name} ({situation}) fails without any limit: {run.how}")
            seconds.append(run.seconds)
        return seconds[1]

    def truth(self, situation, start, seconds):
        truth = Truth(lambda limit: self._checked(situation, limit, seconds).failed, TRUTH_RUNS[situation])
        try:
            return truth.measure(start)
        except Broken as problem:
            raise Broken(problem.status, f"{self.name} ({situation}): {problem}") from None

    def fresh(self, situation, limit, runs, seconds):
        """At one limit: how many failed, and how."""
        how = {}
        for _ in range(runs):
            run = self._checked(situation, limit, seconds)
            if run.failed:
                how[run.how] = how.get(run.how, 0) + 1
        return {"limit_bytes": limit, "runs": runs, "fails": sum(how.values()), "how": how}

    def others(self, limits, points, seconds):
        """Fresh runs at the limits inside the band of chance, and at the least one above it: all others live longer."""
        all_die = max((limit for limit, fails, runs in points if fails == runs), default=0)
        all_live = max(limit for limit, _, _ in points)
        chosen = sorted({limit for limit in limits if all_die < limit < all_live})
        above = [limit for limit in limits if limit >= all_live]
        if above:
            chosen.append(min(above))
        return [self.fresh("base", limit, OTHERS_RUNS, seconds) for limit in chosen]

    def measure(self, checker, limits_of):
        """`limits_of`: from the calibration, the limits that others recommend. The stages in the order of a resume."""
        self.checker = checker
        stage = self.row.stage
        calibration = stage("calibration", self.calibrate)
        ours = stage("size", lambda: self.size([]))
        stage("size_1.0", lambda: self.size(["--headroom", "1.0"]))
        start = ours["survives_bytes"] or max(run["peak_bytes"] for run in calibration["runs"])
        for situation in SITUATIONS:
            seconds = stage(f"seconds.{situation}", lambda: self.unlimited(situation))
            points = stage(f"truth.{situation}", lambda: self.truth(situation, start, seconds))
            start = smallest_good(falling_fit(points))
            if ours["limit_bytes"]:
                runs = self.runs if situation == "base" else self.shift_runs
                stage(f"ours.{situation}", lambda: self.fresh(situation, ours["limit_bytes"], runs, seconds))
            if situation == "base":
                stage("others", lambda: self.others(limits_of(calibration), points, seconds))
        stage("complete", lambda: True)
        return self.row.data
