"""`run` on a terminal: its target is the foreground job, Ctrl-Z stops both, and the live lines of a search fit.

Prints "ok NAME" or "NOT OK NAME: why" lines; tests/real/terminal.sh counts them."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

PLIMSOLL = sys.argv[1]
WORKLOAD = sys.argv[2]


def start(arguments, columns=80):
    pid, master = pty.fork()
    if pid == 0:
        os.execve(PLIMSOLL, [PLIMSOLL] + arguments, {**os.environ, "TERM": "xterm"})
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    return pid, master


def read_for(master, seconds, until=None):
    text = b""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ready, _, _ = select.select([master], [], [], 0.05)
        if ready:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            text += piece
            if until and until in text:
                break
    return text


def wait_for(pid, seconds, flags=0):
    """The status of the child, or None when the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG | flags)
        if done:
            return status
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def report(name, good, got):
    print(f"ok {name}" if good else f"NOT OK {name}: {got!r}")


def reads_the_terminal():
    wrong = []
    for _ in range(20):
        pid, master = start(["run", "-q", "--", "head", "-n", "1"])
        os.write(master, b"typed\n")
        status = wait_for(pid, 10)
        if status != 0:
            wrong.append(status)
        os.close(master)
    report("20 targets read the terminal", not wrong, wrong)


def stops_and_goes_on():
    pid, master = start(["run", "-q", "--", "cat"])
    os.write(master, b"one\n")
    read_for(master, 5, b"one\r\none")
    os.write(master, b"\x1a")
    status = wait_for(pid, 5, os.WUNTRACED)
    report("Ctrl-Z stops us too", status is not None and os.WIFSTOPPED(status), status)
    if status is None:
        return
    os.kill(pid, signal.SIGCONT)
    time.sleep(0.3)
    os.write(master, b"two\n")
    text = read_for(master, 5, b"two\r\ntwo")
    report("continued, it reads on", b"two\r\ntwo" in text, text)
    os.write(master, b"\x04")
    report("and ends", wait_for(pid, 5) == 0, "no end")
    os.close(master)


def interrupt_reaches_the_target():
    pid, master = start(["run", "-q", "--", "sleep", "60"])
    time.sleep(0.5)
    os.write(master, b"\x03")
    status = wait_for(pid, 5)
    report("Ctrl-C ends it with 130", status is not None and os.waitstatus_to_exitcode(status) == 130, status)
    os.close(master)


def live_lines_fit(columns):
    folder = os.path.join(sys.argv[3], f"live-{columns}")
    pid, master = start(["find", "--confirm", "1", "--out", folder, "--", WORKLOAD, "plateau", "--size", "32Mi",
                         "--hold", "400ms"], columns)
    text = read_for(master, 20, b"Saved").decode()
    wait_for(pid, 10)
    # Each picture begins with hiding the cursor and ends with clearing what is below it.
    pictures = [part.split("\x1b[J\r")[0] for part in text.split("\x1b[?25l")[1:]]
    plain = [re.sub("\x1b\\[[0-9;]*[A-Za-z]", "", picture).strip("\r") for picture in pictures]
    long = [line for picture in plain for line in re.split("\r*\n", picture) if len(line) >= columns]
    report(f"the live lines at {columns} columns", len(pictures) > 3 and not long, long or text)
    os.close(master)


reads_the_terminal()
stops_and_goes_on()
interrupt_reaches_the_target()
live_lines_fit(80)
live_lines_fit(40)
