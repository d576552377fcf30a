"""Our commands, called as `subprocess.run` would: the first call of each kind starts its script, and others fork a preloaded one.

A start is mostly imports, and there are hundreds. What a fork could show otherwise than a start is always started:
another program, and an environment that differs in more than `FREE`, since interpreter and libraries read some variables early.
``TESTS_START=1`` starts them all.
"""

import atexit
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

BIN = Path(sys.executable).parent
PRELOADED = Path(__file__).with_name("preloaded.py")
KINDS = ("adopt", "doctor", "drift", "lab", "report", "verify")
"""Commands of pyinfra-wsl that import more than the rest."""
FREE = ("PYINFRA_WSL_", "PYINFRA_PROGRESS", "COLUMNS", "PYTEST_CURRENT_TEST", "FLEET_PW")
"""How variables begin that are only read when a command is at work."""

_seen: Counter[str] = Counter()
_servers: dict[str, "Server"] = {}
_turn = threading.Lock()


def run(command, folder, environment, answers=None, timeout=None):
    """Call a command; return the finished process with its output as text.

    Args:
        command: program and arguments.
        folder: where it is called.
        environment: all its variables.
        answers: what is on its standard input; None for that of this process.
        timeout: seconds after which it is killed, and `subprocess.TimeoutExpired` raised.

    """
    words = [str(word) for word in command]
    server = _server(words, environment)
    if server is None:
        return subprocess.run(
            words, cwd=folder, capture_output=True, text=True, timeout=timeout, input=answers, check=False, env=environment
        )
    return server.run({"command": words, "folder": str(folder), "environment": environment}, answers, timeout)


def kind(words):
    """Return which preloaded process can be forked for a call; None for none."""
    if words[0] == str(BIN / "pyinfra"):
        return "pyinfra"
    if words[0] == str(BIN / "pyinfra-wsl"):
        return words[1] if words[1:] and words[1] in KINDS else ""
    return None


def fixed(environment):
    """Return the variables that have to be the same as in the preloaded process."""
    return {name: value for name, value in environment.items() if not name.startswith(FREE)}


def _server(words, environment):
    asked = kind(words)
    if asked is None or os.environ.get("TESTS_START"):
        return None
    with _turn:
        _seen[asked] += 1
        if _seen[asked] == 1:
            return None
        if asked not in _servers:
            _servers[asked] = Server(asked)
        return _servers[asked] if _servers[asked].fixed == fixed(environment) else None


class Server:
    """A preloaded process.

    Args:
        kind: of the calls for which it is forked.

    """

    def __init__(self, kind):
        self.fixed = fixed(os.environ)
        self._turn = threading.Lock()
        self._door, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            [sys.executable, PRELOADED, str(theirs.fileno()), kind], env=self.fixed, pass_fds=[theirs.fileno()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        theirs.close()
        atexit.register(self.close)

    def run(self, request, answers, timeout):
        """Fork for a request; return the finished process."""
        body = json.dumps(request).encode()
        pipes = [os.pipe() for _ in range(4)]
        (stdin, write), *reads = pipes
        theirs = [stdin if answers is not None else 0, *(one for _, one in reads)]
        try:
            with self._turn:
                socket.send_fds(self._door, [len(body).to_bytes(8, "big")], theirs)
                self._door.sendall(body)
        finally:
            for one in (stdin, *theirs[1:]):
                os.close(one)
        _answer(write, answers)
        out, err, told = _read([read for read, _ in reads], timeout, request["command"])
        if told.count(b"\n") != 2:
            raise RuntimeError(f"the preloaded process has ended: {self._process.communicate()[1].decode()}")
        return subprocess.CompletedProcess(request["command"], int(told.split()[1]), _text(out), _text(err))

    def close(self):
        """Let the process end."""
        self._door.close()
        self._process.communicate()


def _answer(write, answers):
    with os.fdopen(write, "wb") as pipe:
        try:
            pipe.write((answers or "").encode())
            pipe.flush()
        except BrokenPipeError:
            pass  # as subprocess has it: nobody wanted to know


def _read(pipes, timeout, command):
    """Read pipes to their ends; the last one tells the number of the process first, which is killed when its time is over."""
    said, deadline = dict.fromkeys(pipes, b""), time.monotonic() + (timeout or 3600)
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select(max(0, deadline - time.monotonic())):
                piece = os.read(key.fd, 65536)
                said[key.fd] += piece
                if not piece:
                    selector.unregister(key.fd)
                    os.close(key.fd)
            if time.monotonic() > deadline and selector.get_map():
                _kill(said[pipes[-1]], pipes[-1])
                for pipe in list(selector.get_map()):
                    os.close(pipe)
                raise subprocess.TimeoutExpired(command, timeout, *(said[pipe] for pipe in pipes[:2]))
    return [said[pipe] for pipe in pipes]


def _kill(said, told):
    if said.count(b"\n") == 1:  # it has not ended
        os.kill(int(said), signal.SIGKILL)
        os.read(told, 64)


def _text(data):
    return data.decode().replace("\r\n", "\n").replace("\r", "\n")
