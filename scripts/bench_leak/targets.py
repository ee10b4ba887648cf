"""The real runs: which targets, with which words, and whether they leak."""
import json
import os
import subprocess


class Target:
    """A way to run something: a shape of plimsoll-workload, or a server and its load."""

    def __init__(self, name, leaks, words=None):
        self.name = name
        self.leaks = leaks
        self.words = words  # number of a run -> arguments of plimsoll-workload; None: a server of tests/bench/leak


def noisy(most, run):
    return ["--noise", most, "--seed", str(run + 1)]


def vary(run, least, most, unit="ms"):
    """Another value in each run, the same ones each time: the golden section spreads them."""
    return f"{least + round((run * 0.6180339887 % 1) * (most - least))}{unit}"


def sawtooth(least, most, *more, size="56Mi", span="7s"):
    return lambda run: ["sawtooth", "--base", "40Mi", "--size", size, "--period", vary(run, least, most), "--for", span,
                        *more, *noisy("512Ki", run)]


def leak(rate, noise):
    return lambda run: ["leak", "--start", vary(run, 30, 60, "Mi"), "--rate", rate, "--for", "7s", "--hold", "0s",
                        *noisy(noise, run)]


FREE = [
    ("sawtooth-fast", sawtooth(120, 400)),
    ("sawtooth-slow", sawtooth(500, 1100)),
    ("sawtooth-high", sawtooth(200, 700, size="120Mi")),
    ("warmup-early", lambda run: ["warmup", "--time-constant", vary(run, 80, 200), "--size", "48Mi", "--hold", "6s",
                                  *noisy("256Ki", run)]),
    ("warmup-late", lambda run: ["warmup", "--time-constant", vary(run, 400, 700), "--size", "64Mi", "--hold", "2s",
                                 *noisy("256Ki", run)]),
    ("warmup-steady", lambda run: ["warmup", "--fill-for", vary(run, 1500, 3500), "--size", "64Mi", "--hold", "5s",
                                   *noisy("256Ki", run)]),
    ("plateau", lambda run: ["plateau", "--size", vary(run, 20, 80, "Mi"), "--hold", "6s"]),
    ("plateau-noise", lambda run: ["plateau", "--size", "40Mi", "--hold", "6s", *noisy("2Mi", run)]),
    ("plateau-slow-noise", lambda run: ["plateau", "--size", "40Mi", "--hold", "7s", "--noise-every", vary(run, 200, 900),
                                        *noisy("2Mi", run)]),
    ("spike-often", lambda run: ["spike", "--every", vary(run, 100, 300), "--count", "30"]),
    ("spike-rare", lambda run: ["spike", "--size", "90Mi", "--width", "30ms", "--every", vary(run, 900, 1300), "--count", "6"]),
    ("cache", lambda run: ["cache", "--file-size", vary(run, 20, 80, "Mi"), "--passes", "40", "--dir", "/var/tmp",
                           "--hold", "4s"]),
    ("step-high", lambda run: ["staircase", "--count", "1", "--step", "8Mi", "--every", vary(run, 2500, 3500),
                               *noisy("256Ki", run)]),
    ("step-low", lambda run: ["staircase", "--count", "1", "--step", "512Ki", "--every", vary(run, 2500, 3500),
                              *noisy("256Ki", run)]),
    ("fragment", lambda run: ["fragment", "--over", vary(run, 300, 1500), "--hold", "6s", *noisy("256Ki", run)]),
]

LEAKING = [
    ("leak-16Ki/s", leak("16Ki", "64Ki")),
    ("leak-64Ki/s", leak("64Ki", "256Ki")),
    ("leak-256Ki/s", leak("256Ki", "512Ki")),
    ("leak-1Mi/s", leak("1Mi", "1Mi")),
    ("leak-4Mi/s", leak("4Mi", "2Mi")),
    ("stairs-320Ki/s", lambda run: ["staircase", "--step", "128Ki", "--every", "400ms", "--count", "18", *noisy("256Ki", run)]),
    ("stairs-1Mi/s", lambda run: ["staircase", "--step", "1Mi", "--every", "1s", "--count", "9", *noisy("256Ki", run)]),
    ("teeth-64Ki", sawtooth(200, 400, "--leak", "64Ki")),
    ("teeth-512Ki", sawtooth(200, 400, "--leak", "512Ki")),
    ("teeth-slow-1Mi", sawtooth(500, 800, "--leak", "1Mi", span="9s")),
]

FREE_SERVERS = ["node-lru", "node-none", "python-ring", "go-cancel", "jvm-bounded"]
LEAKING_SERVERS = ["node-leak", "python-leak", "go-leak", "jvm-leak"]


def all_targets():
    return ([Target(name, False, words) for name, words in FREE]
            + [Target(name, False) for name in FREE_SERVERS]
            + [Target(name, True, words) for name, words in LEAKING]
            + [Target(name, True) for name in LEAKING_SERVERS])


def truth_of_workload(program, words):
    """Bytes a second that it says it will leak; it says so before it begins."""
    with subprocess.Popen([program, *words], stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        process.kill()
    return json.loads(line).get("rate_bytes_per_s", 0)


def truth_of_server(repo, name):
    """Bytes a cycle."""
    return int(subprocess.run([os.path.join(repo, "tests/bench/leak/serve"), "truth", name], check=True,
                              capture_output=True, text=True).stdout)
