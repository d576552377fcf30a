"""Network namespaces for tests: each part of a cluster with interfaces of its own, and cables that can be pulled."""

import os
import re
import shutil
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

LAPTOPS = "10.77.99.1"
"""Where laptops are for all of them."""


def ip(*words, check=True):
    return subprocess.run(["ip", *words], check=check, capture_output=True, text=True)


class Networks:
    """Namespaces that are linked with each other and with this one.

    Args:
        names: of the namespaces; short.

    """

    def __init__(self, *names):
        self.names = {name: f"wsl{os.getpid()}{name}" for name in names}
        self._links = {}

    def make(self):
        for real in self.names.values():
            ip("netns", "add", real)
            ip("-n", real, "link", "set", "lo", "up")

    def link(self, one, other, number):
        """Lay a cable between two namespaces, or this one, which is "": they are 10.77.NUMBER.1 and .2."""
        ends = [f"w{os.getpid()}{number}{end}" for end in "ab"]
        ip("link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
        for end, name, address in zip(ends, (one, other), (1, 2), strict=True):
            inside = ("-n", self.names[name]) if name else ()
            if name:
                ip("link", "set", end, "netns", self.names[name])
            ip(*inside, "address", "add", f"10.77.{number}.{address}/30", "dev", end)
            ip(*inside, "link", "set", end, "up")
            self._links.setdefault(name, []).append((inside, end))

    def route(self, name, to, by):
        ip("-n", self.names[name], "route", "add", to, "via", by)

    def within(self, name):
        """Return the words before a command that is to run in a namespace."""
        return ["ip", "netns", "exec", self.names[name]]

    def cables(self, name, state):
        """Pull all cables of a namespace, which is "down", or plug them in again; what it routed is routed again."""
        routes = ip("-n", self.names[name], "route", "show").stdout.splitlines() if state == "down" else self._routes
        for inside, end in self._links[name]:
            ip(*inside, "link", "set", end, state)
        self._routes = routes
        for one in routes if state == "up" else ():
            if " via " in one:
                ip("-n", self.names[name], "route", "replace", *one.split()[:5], check=False)

    def end(self):
        for real in self.names.values():
            ip("netns", "delete", real, check=False)
        for inside, end in self._links.get("", ()):
            ip(*inside, "link", "delete", end, check=False)
        ip("address", "delete", f"{LAPTOPS}/32", "dev", "lo", check=False)


def sweep():
    """Remove what a test left that was killed in its middle: its networks would answer for ours."""
    for real, process in re.findall(r"^(wsl(\d+)\w+)", ip("netns", "list").stdout, re.MULTILINE):
        if not Path("/proc", process).exists():
            for part in ip("netns", "pids", real).stdout.split():
                os.kill(int(part), signal.SIGKILL)
            ip("netns", "delete", real)
            for end in re.findall(rf"\b(w{process}\d{{1,2}}[ab])@", ip("link", "show").stdout):
                ip("link", "delete", end, check=False)
            ip("address", "delete", f"{LAPTOPS}/32", "dev", "lo", check=False)


@contextmanager
def networks(*names):
    """Yield namespaces; skips the test where there can be none, and says what to do."""
    if os.geteuid() != 0:
        pytest.skip("network namespaces are made by root: run the tests as root")
    if not shutil.which("ip"):
        pytest.skip("network namespaces need iproute2: apt-get install -y --no-install-recommends iproute2")
    made = Networks(*names)
    with or_skipped():
        sweep()
        ip("address", "add", f"{LAPTOPS}/32", "dev", "lo")  # where another test has it, its networks stay as they are
    try:
        with or_skipped():
            made.make()
        yield made
    finally:
        made.end()


@contextmanager
def or_skipped():
    try:
        yield
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespace can be made here ({error.stderr.strip()}): run the tests where root may")
