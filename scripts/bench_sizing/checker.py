"""One run under one limit, judged by the kernel's own files: no code of the harness, as scripts/prove has none."""
import os
import re
import select
import signal
import subprocess
import time
from collections import namedtuple

# `how`: "" for a run that lived, else "oom", "status N" or "not done".
Run = namedtuple("Run", "failed how seconds")


class Unable(Exception):
    """This machine has no memory cgroup for us."""


def _read(path):
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read()


def _put(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(str(text))


def _mount(kind):
    """(root, mount point) of a hierarchy with the memory controller."""
    for line in _read("/proc/self/mountinfo").splitlines():
        before, after = line.split(" - ")
        filesystem, _, options = after.split(" ", 2)
        if filesystem == kind and (kind == "cgroup2" or "memory" in options.split(",")):
            return before.split()[3], before.split()[4]
    return None


class Checker:
    def __init__(self):
        self.group = None
        self.count = 0
        self.enabled = None
        own, top = self._own()
        parent = own
        while not self._usable(parent):
            if parent == top:
                raise Unable(f"cannot make a limited cgroup in {own} or above it: run as root")
            parent = os.path.dirname(parent)

    def _own(self):
        groups = _read("/proc/self/cgroup")
        v1 = re.search(r"^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(.*)$", groups, re.M)
        mount = _mount("cgroup") if v1 else None
        self.v2 = mount is None
        if self.v2:
            v1 = re.search(r"^0::(.*)$", groups, re.M)
            mount = _mount("cgroup2")
        if not v1 or not mount:
            raise Unable("no memory controller is mounted")
        root, top = mount
        path = v1.group(1)
        prefix = "" if root == "/" else root
        inside = path.startswith(prefix + "/") and "/../" not in path + "/"
        return (top + path[len(prefix):]).rstrip("/") if inside else top, top

    def _usable(self, parent):
        self.parent = parent
        control = os.path.join(parent, "cgroup.subtree_control")
        try:
            if self.v2 and "memory" not in _read(control).split():
                _put(control, "+memory")
                self.enabled = control
            if not self.run(["true"], 64 << 20, 10).failed:
                return True
        except OSError:
            pass
        self.remove()
        self.give_back()
        return False

    def give_back(self):
        if self.enabled:
            try:
                _put(self.enabled, "-memory")
            except OSError:
                pass  # others may use it by now
        self.enabled = None

    def _file(self, name):
        return os.path.join(self.group, name)

    def _make(self, limit):
        self.count += 1
        self.group = os.path.join(self.parent, f"bench-sizing-{os.getpid()}-{self.count}")
        os.mkdir(self.group)
        if self.v2:
            for name, value in (("memory.swap.max", 0), ("memory.oom.group", 1)):
                if os.path.exists(self._file(name)):
                    _put(self._file(name), value)
            _put(self._file("memory.max"), "max" if limit is None else limit)
            return
        try:
            _put(self._file("memory.swappiness"), 0)
        except OSError:
            pass
        if limit is not None:
            _put(self._file("memory.limit_in_bytes"), limit)
            # One page more: as tight as the memory limit it is charged first and hides whose OOM it was.
            if os.path.exists(self._file("memory.memsw.limit_in_bytes")):
                _put(self._file("memory.memsw.limit_in_bytes"), limit + os.sysconf("SC_PAGESIZE"))

    def _groups(self):
        return [folder for folder, _, _ in os.walk(self.group, topdown=False)]

    def kills(self):
        """How many processes the kernel killed. v1 does not add up what happened in groups below."""
        name = "memory.events" if self.v2 else "memory.oom_control"
        groups = [self.group] if self.v2 else self._groups()
        return sum(int(line.split()[1]) for group in groups
                   for line in _read(os.path.join(group, name)).splitlines() if line.startswith("oom_kill "))

    def remove(self):
        """Kills what is left and removes the group. EBUSY lasts a while after the death of a large process."""
        if not self.group:
            return
        for _ in range(2000):
            try:
                for group in self._groups():
                    for pid in _read(os.path.join(group, "cgroup.procs")).split():
                        if pid != "0":
                            self._kill(int(pid))
                    os.rmdir(group)
            except OSError:
                pass
            if not os.path.isdir(self.group):
                break
            time.sleep(0.005)
        self.group = None

    @staticmethod
    def _kill(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def run(self, argv, limit, at_most_s):
        """Ends as soon as the kernel has killed anything in it: such a run has failed, whatever comes of the rest."""
        self._make(limit)
        begun = time.monotonic()
        process = subprocess.Popen(
            ["sh", "-c", 'echo 0 >"$0" && exec "$@"', self._file("cgroup.procs"), *argv],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            handle = os.pidfd_open(process.pid)
            try:
                ended, kills = False, 0
                while not ended and not kills and time.monotonic() - begun < at_most_s:
                    ended = bool(select.select([handle], [], [], 0.02)[0])
                    kills = self.kills()
                seconds = time.monotonic() - begun
            finally:
                os.close(handle)
            if ended:
                process.wait()
        finally:
            # Where not all of it has ended, this ends it.
            self.remove()
            if process.poll() is None:
                process.kill()
                process.wait()
        how = "oom" if kills else "not done" if not ended else f"status {process.returncode}" if process.returncode else ""
        return Run(bool(how), how, seconds)
