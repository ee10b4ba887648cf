"""`watch` of all on a terminal: what is drawn fits, at any size and after a change of it; keys; the terminal is given back.

Prints "ok NAME" or "NOT OK NAME: why" lines; tests/real/watch_all.sh counts them."""

import fcntl
import os
import pty
import re
import resource
import select
import signal
import struct
import sys
import termios
import time

PLIMSOLL = sys.argv[1]
TO_PAGE, FROM_PAGE, HIDE_CURSOR, SHOW_CURSOR = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25l", b"\x1b[?25h"
HOME, LINE_END, CLEAR_LINE, CLEAR_BELOW = b"\x1b[H", b"\r\n", b"\x1b[K", b"\x1b[J"


def size(master, lines, columns):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def start(arguments, lines, columns, environment=None):
    ready, go = os.pipe()
    pid, master = pty.fork()
    if pid == 0:
        os.close(go)
        os.read(ready, 1)  # not before it has its size
        os.execve(PLIMSOLL, [PLIMSOLL, "watch", *arguments], {"TERM": "xterm", "PATH": os.environ["PATH"], **(environment or {})})
    os.close(ready)
    size(master, lines, columns)
    before = termios.tcgetattr(master)[3]
    os.write(go, b"x")
    os.close(go)
    return pid, master, before


def read_for(master, seconds, until=None):
    text = b""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not (until and until in text):
        if select.select([master], [], [], 0.05)[0]:
            try:
                text += os.read(master, 65536)
            except OSError:
                break
    return text


def frames(text):
    """What was drawn, a list of lines each, without colours; only those that came to their end."""
    found = [part.split(CLEAR_BELOW)[0] for part in text.split(HOME)[1:] if CLEAR_BELOW in part]
    return [[re.sub(rb"\x1b\[\d*m", b"", line).replace(CLEAR_LINE, b"").rstrip(b"\r").decode() for line in frame.split(LINE_END)] for frame in found]


def frame_within(master, good, seconds=10):
    """The first frame that is as wanted, or the last there was."""
    deadline = time.monotonic() + seconds
    last = []
    while time.monotonic() < deadline:
        for last in frames(read_for(master, 1.2)):
            if good(last):
                return last, True
    return last, False


def fits(lines, columns):
    return lambda frame: len(frame) >= 3 and len(frame) <= lines and all(len(line) <= columns for line in frame)


def wait_for(pid, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def report(name, good, got):
    print(f"ok {name}" if good else f"NOT OK {name}: ...{repr(got)[-2000:]}")


def sizes_and_keys():
    pid, master, before = start([], 24, 80)
    frame, good = frame_within(master, lambda found: fits(24, 80)(found) and "LIM*" in found[1] and "q quit" in found[-1])
    report("24 lines of 80 columns", good, frame)
    during = termios.tcgetattr(master)[3]
    report("what is typed is not shown", not during & (termios.ECHO | termios.ICANON), during)
    for lines, columns, column in ((10, 40, "LEFT"), (5, 132, "LIM*")):
        size(master, lines, columns)
        frame, good = frame_within(master, lambda found: fits(lines, columns)(found) and column in found[1])
        report(f"{lines} lines of {columns} columns, once it is so", good, frame)
    os.write(master, b"s")
    frame, good = frame_within(master, lambda found: "s sort (name)" in found[-1])
    report("s sorts by the next column", good, frame)
    os.write(master, b"q")
    text = read_for(master, 1)
    report("q ends it", wait_for(pid, 10) == 0, text)
    report("the page of before comes back", FROM_PAGE in text and SHOW_CURSOR in text, text)
    left = text.split(FROM_PAGE)[-1]
    report("and the last table stays on it", b"NAME" in left and b"* advised" in left, left)
    report("the terminal is as it was", termios.tcgetattr(master)[3] == before, termios.tcgetattr(master)[3])
    os.close(master)


def interrupt_gives_it_back():
    pid, master, before = start(["--sort", "used"], 24, 80)
    read_for(master, 2)
    os.write(master, b"\x03")
    text = read_for(master, 1)
    report("Ctrl-C ends it", wait_for(pid, 10) == 0, text)
    report("Ctrl-C: the terminal is as it was", termios.tcgetattr(master)[3] == before and FROM_PAGE in text, text)
    os.close(master)


def local_modes(master):
    return termios.tcgetattr(master)[3]


def died_of(name, number, key=None, arguments=()):
    """By a signal that it does not handle, from the keyboard or from anywhere."""
    pid, master, before = start(list(arguments), 24, 80)
    report(f"{name}: it is drawn", frame_within(master, fits(24, 80))[1], "nothing")
    if key:
        os.write(master, key)
    else:
        os.kill(pid, number)
    text = read_for(master, 10, FROM_PAGE)
    report(f"{name}: it dies of it", wait_for(pid, 10) == -number, text)
    report(f"{name}: the page and the cursor are given back", SHOW_CURSOR in text and FROM_PAGE in text, text)
    report(f"{name}: the terminal is as it was", local_modes(master) == before, local_modes(master))
    os.close(master)


def shell():
    """One that has jobs, and its prompt."""
    pid, master = pty.fork()
    if pid == 0:
        environment = {"TERM": "xterm", "PS1": "READY> ", "PATH": os.environ["PATH"], "LC_ALL": "C"}
        os.execvpe("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"], environment)
    size(master, 24, 80)
    read_for(master, 10, b"READY> ")
    return pid, master


def type_line(master, text):
    os.write(master, text.encode() + b"\n")


def leave(pid, master):
    type_line(master, "kill %1; wait; exit")
    read_for(master, 10, b"exit\r\n")
    wait_for(pid, 10)
    os.close(master)


def stopped_and_continued(redirection):
    name = f"Ctrl-Z {redirection}".strip()
    pid, master = shell()
    before = local_modes(master)
    type_line(master, f"{PLIMSOLL} watch {redirection}")
    report(f"{name}: it is drawn", frame_within(master, fits(24, 80))[1], "nothing")
    os.write(master, b"\x1a")
    text = read_for(master, 10, b"READY> ")
    report(f"{name}: it is stopped", b"Stopped" in text, text)
    page = text.split(b"Stopped")[0]
    report(f"{name}: the page and the cursor are given back", SHOW_CURSOR in page and FROM_PAGE in page, text)
    report(f"{name}: the terminal is as it was", local_modes(master) == before, local_modes(master))
    type_line(master, "fg")
    text = read_for(master, 10, CLEAR_BELOW)
    report(f"{name}, fg: it takes the page again", TO_PAGE in text and HIDE_CURSOR in text and len(frames(text)) == 1, text)
    if "<" not in redirection:
        report(f"{name}, fg: what is typed is not shown", not local_modes(master) & (termios.ECHO | termios.ICANON), text)
        os.write(master, b"q")
    else:
        os.write(master, b"\x03")
    text = read_for(master, 10, b"READY> ")
    report(f"{name}, fg: and gives it back at its end", FROM_PAGE in text and local_modes(master) == before, text)
    leave(pid, master)


def in_the_background():
    pid, master = shell()
    before = local_modes(master)
    type_line(master, f"{PLIMSOLL} watch --interval 200ms &")
    text = read_for(master, 2)
    report("&: the page is the shell's", b"READY> " in text and b"\x1b" not in text, text)
    type_line(master, "echo $((40 + 2))")
    text = read_for(master, 2)
    report("&: the shell goes on", b"\r\n42\r\n" in text and local_modes(master) == before, text)
    type_line(master, "fg")
    text = read_for(master, 10, CLEAR_BELOW)
    report("&, fg: it takes the page", TO_PAGE in text and len(frames(text)) == 1, text)
    os.write(master, b"\x1a")
    read_for(master, 10, b"READY> ")
    type_line(master, "bg")
    text = read_for(master, 2)
    report("bg: nothing is drawn", b"READY> " in text and b"\x1b" not in text, text)
    report("bg: the terminal is as it was", local_modes(master) == before, local_modes(master))
    type_line(master, "kill -INT %1; wait; echo status $?")
    text = read_for(master, 10, b"status 0")
    report("bg: its last table is printed", b"NAME" in text and b"\x1b[?" not in text, text)
    leave(pid, master)


def once_is_as_wide(columns, column):
    pid, master, _ = start(["--once"], 24, columns)
    lines = re.sub(rb"\x1b\[\d*m", b"", read_for(master, 10)).decode().splitlines()
    wait_for(pid, 10)
    report(f"--once: {columns} columns", len(lines) > 2 and column in lines[1] and all(len(line) <= columns for line in lines), lines)
    os.close(master)


def plain(name, arguments, environment, forbidden):
    pid, master, _ = start(arguments, 24, 80, environment)
    text = read_for(master, 3)
    os.kill(pid, signal.SIGTERM)
    text += read_for(master, 1)
    wait_for(pid, 10)
    report(name, b"NAME" in text and not re.search(forbidden, text), text)
    os.close(master)


resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # a shell without jobs ignores it for what it puts in the background
sizes_and_keys()
interrupt_gives_it_back()
died_of("Ctrl-\\", signal.SIGQUIT, b"\x1c")
died_of("SEGV", signal.SIGSEGV)
stopped_and_continued("")
stopped_and_continued("</dev/null")
stopped_and_continued("2>/dev/null")
in_the_background()
once_is_as_wide(132, "GROW/h")
once_is_as_wide(40, "LEFT")
plain("TERM=dumb: no escapes at all", [], {"TERM": "dumb"}, rb"\x1b")
plain("no TERM: no escapes at all", [], {"TERM": ""}, rb"\x1b")
plain("NO_COLOR: no colours", [], {"NO_COLOR": "1"}, rb"\x1b\[\d*m")
plain("--once: nothing is taken", ["--once"], {}, rb"\x1b\[\?1049h")
