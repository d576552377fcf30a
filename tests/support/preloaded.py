"""A process that has imported what one of our commands imports, and forks for each call of it: ``python preloaded.py 3 KIND``.

A fork is to be what a start of the script is: the script itself is run, with its own words, folder, environment and streams. So
nothing may be here that a start makes for itself, and nothing may be imported in another order than there. pyinfra's command line
turns all that waits into greenlets when it is first imported: here that happens where it happens in the script, behind the same
modules, while there is neither a hub nor a second thread that a fork would lose. `RUN`, and whatever needs it, stays out:
a run's name and its beginning are made when that is imported.
"""

# ruff: noqa: PLC0415 - what is imported, and when, is what it is about

import os
import sys

FORK, WAIT, EXIT = os.fork, os.waitpid, os._exit  # gevent's would make a hub
RUN = "pyinfra_wsl.report.run"
FIRST = {
    "pyinfra": ("pyinfra_cli.main",),
    "report": ("pyinfra_wsl.cli.main", "pyinfra_wsl.cli.report"),
    "verify": ("pyinfra_wsl.cli.main", "pyinfra_wsl.cli.verify"),
    "drift": ("pyinfra_wsl.cli.main", "pyinfra_wsl.cli.drift"),
    "adopt": ("pyinfra_wsl.cli.main", "pyinfra_wsl.cli.adopt"),
    "lab": ("pyinfra_wsl.cli.main", "pyinfra_wsl.cli.lab"),
    "doctor": ("pyinfra_wsl.cli.main", "pyinfra_wsl.cli.doctor", "pyinfra_cli.inventory", "pyinfra_wsl.cli.examination"),
    "": ("pyinfra_wsl.cli.main",),
}
"""What each kind of call imports, in its order."""
PURE = ("pyinfra_wsl.core", "pyinfra_wsl.edge", "pyinfra_wsl.known", "pyinfra_wsl.resources")
"""Where roles and connectors have theirs from; pyinfra imports them after it has turned to greenlets."""


def preload(kind):
    """Import what calls of this kind import, without what belongs to a run."""
    sys.modules[RUN] = None  # whoever imports it fails, and is no more imported itself
    for name in FIRST[kind]:
        attempt(name)
    if kind == "pyinfra":
        more()
    del sys.modules[RUN]


def attempt(name):
    """Import a module, or as much of what it needs as stands before `RUN`."""
    try:
        __import__(name)
    except ModuleNotFoundError as error:
        if error.name != RUN:
            raise


def more():
    """Import what a converging pyinfra does beside its own."""
    import pkgutil
    from importlib import metadata

    for point in metadata.entry_points(group="pyinfra.connectors"):
        attempt(point.module)
    for name in PURE:
        attempt(name)
        for one in pkgutil.walk_packages(sys.modules[name].__path__, f"{name}."):
            attempt(one.name)


def hold():
    """Hold that there is nothing here which a fork would lose, or have where a start has its own."""
    import threading
    from pathlib import Path

    hubs = sys.modules.get("gevent._hub_local")
    assert hubs is None or hubs.get_hub_if_exists() is None, "there is a hub"
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "there is a second thread"
    assert threading.current_thread() is threading.main_thread()
    assert not [name for name in sys.modules if name == RUN], "a run has begun"


def asked(door):
    """Fork for each request; return in the child what it is to run."""
    while True:
        head, control, _flags, _address = door.recvmsg(8, 1024)
        if not head:
            EXIT(0)
        body, length = b"", int.from_bytes(head, "big")
        while len(body) < length:
            body += door.recv(length - len(body))
        streams = [int.from_bytes(control[0][2][at : at + 4], sys.byteorder) for at in range(0, 16, 4)]
        if FORK() == 0:
            door.close()
            keep(*streams)
            return body
        for one in streams:
            os.close(one)
        forget()


def forget():
    """Let go of those that have ended."""
    try:
        while WAIT(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def keep(stdin, stdout, stderr, told):
    """Fork once more and return in the child only; its parent tells its number, and how it ended."""
    child = FORK()
    if child:
        for one in (0, 1, 2, stdin, stdout, stderr):  # they end with the child
            os.close(one)
        os.write(told, b"%d\n" % child)
        os.write(told, b"%d\n" % os.waitstatus_to_exitcode(WAIT(child, 0)[1]))
        EXIT(0)
    os.close(told)
    for number, one in enumerate((stdin, stdout, stderr)):
        os.dup2(one, number)
        os.close(one)


def become(command, folder, environment):
    """Put words, folder and environment in place; return the script's path and its text."""
    from importlib import invalidate_caches
    from pathlib import Path
    from types import ModuleType

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = command
    invalidate_caches()
    main = sys.modules["__main__"] = ModuleType("__main__")
    main.__file__ = command[0]
    return compile(Path(command[0]).read_bytes(), command[0], "exec"), vars(main)


if __name__ == "__main__":
    import _socket  # what gevent leaves alone
    import gc
    import json

    sys.path[0] = sys.executable.rpartition("/")[0]  # as the script has it
    preload(sys.argv[2])
    hold()
    gc.collect()
    gc.freeze()
    exec(*become(**json.loads(asked(_socket.socket(fileno=int(sys.argv[1]))))))  # noqa: S102 - the script's text
