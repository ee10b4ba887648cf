"""Measures the targets that scripts/bench-sizing has prepared, and tells what came of it."""
import argparse
import hashlib
import os
import signal
import sys
import time

sys.dont_write_bytecode = True

from checker import Checker, Unable
from compare import others_limits
from measure import Broken, Target
from report import Results, TARGET_HEAD, goal_cells, load_average, machine_facts, write
from self_test import self_test

HERE = "scripts/bench-sizing"
WIDTHS = [11, 15, 10, 8, 8, 6, 8, 14, 8, 16, 8, 20, 7, 0]


def interrupted(number, _):
    # Once: what follows is cleaning up.
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, lambda *_: None)
    raise SystemExit(128 + number)


def show(cells):
    print("  ".join(str(cell).ljust(width) for cell, width in zip(cells, WIDTHS)).rstrip(), flush=True)


def argv_of(work, name, situation):
    with open(os.path.join(work, "sizing", "argv", f"{name}.{situation}"), "rb") as file:
        return [word.decode() for word in file.read().split(b"\0")[:-1]]


def read_corpus(work):
    """Of the lines NAME, KIND, the situations it grows in, what it does; between tabs."""
    corpus = {}
    with open(os.path.join(work, "sizing", "corpus"), encoding="utf-8") as file:
        for line in file:
            name, kind, grows, what = line.rstrip("\n").split("\t")
            argv = argv_of(work, name, "calibrate")
            corpus[name] = {"kind": kind, "grows": grows.split(), "what": what,
                            "command": " ".join(argv).replace(work, ".").replace("|", "\\|")}
    return corpus


def measure_all(targets, rows):
    checker = Checker()
    try:
        for target in targets:
            again = "complete" in target.row.data
            rows[target.name] = target.measure(checker, others_limits)
            yield target.name, again
    finally:
        checker.remove()
        checker.give_back()


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", required=True)
    parser.add_argument("--out", default="")
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("--shift-runs", type=int, required=True)
    parser.add_argument("--part", action="store_true", help="not the whole corpus")
    return parser.parse_args()


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    options = arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    with open(os.path.join(options.work, "bin", "plimsoll"), "rb") as file:
        build = hashlib.sha256(file.read()).hexdigest()
    settings = {"runs": options.runs, "shift_runs": options.shift_runs, "build": build}
    corpus, rows = read_corpus(options.work), {}
    targets = [Target(name, options.work, {situation: argv_of(options.work, name, situation)
                                           for situation in ("calibrate", "base", "load", "time")}, settings)
               for name in corpus]
    load_before, begun = load_average(), time.monotonic()
    show([*TARGET_HEAD[:-1], "seconds", TARGET_HEAD[-1]])
    last = begun
    for name, again in measure_all(targets, rows):
        now = time.monotonic()
        seconds, last = now - last, now
        *cells, note = Results({name: rows[name]}, corpus).target_line(name)
        show([*cells, "kept" if again else f"{seconds:.0f}", note])
    results = Results(rows, corpus, not options.part)
    lines = goal_cells([*results.goals(), *results.figures()])
    print()
    for figure, value, goal, verdict in lines:
        print(f"{figure}: {value}" + (f"   (goal {goal}: {verdict})" if goal else ""))
    for miss in results.misses():
        print(f"failed: {miss}")
    if options.out:
        write(results, machine_facts(rows, settings, load_before, time.monotonic() - begun), options.out, options.work)
    return int(any(line[3] == "MISSED" for line in lines))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unable as problem:
        print(f"{HERE}: {problem}", file=sys.stderr)
        sys.exit(5)
    except Broken as problem:
        print(f"{HERE}: {problem}", file=sys.stderr)
        sys.exit(problem.status)
