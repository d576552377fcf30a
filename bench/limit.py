"""What the same bytes cost without any of us: each laptop's bytes in a run that changes nothing, recorded and replayed.

Every laptop of a lab is sent its own over bare paramiko, under greenlets as pyinfra's: connect, compare its key with the known
one, log on, start the program, write, read the lines that come back, hang up. Below that no tool on paramiko can go.

Paramiko as it comes wakes each connection ten times a second, takes a cipher that needs a digest of each packet, and leaves a
packet to wait for the one before; and whoever calls all laptops at once lets all of them wait. What that costs grows with the
time that answers take, so of a slow machine it says that its tools are cheap. `awake` replays so; otherwise nothing is done that
need not be.
"""

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

from place import ROOT, Cost, measure

_SAID = "said"  # the folder of what is said to each laptop: a line to write with a w before it, or where one is read
_AT_ONCE = 20  # laptops for each core, as pyinfra calls them of its own accord: who waits for a handshake is woken all the time
_WAKE = 5.0  # seconds after which a silent connection is looked after, as ours are
_RECORDER = f"""
import os, sys
from pyinfra_wsl.connectors.wire import SSHWire

said, write, read_line = {{}}, SSHWire.write, SSHWire.read_line

def note(wire, line):
    said.setdefault(wire._channel.get_transport().getpeername()[1], []).append(line)

def writes(self, data):
    note(self, b"w" + data)
    write(self, data)

def reads(self, timeout):
    note(self, b"r\\n")
    return read_line(self, timeout)

SSHWire.write, SSHWire.read_line = writes, reads

from pyinfra_cli.main import main
try:
    main()
finally:
    os.makedirs("{_SAID}", exist_ok=True)
    for port, lines in said.items():
        open(f"{_SAID}/{{port}}", "wb").writelines(lines)
"""


def record(folder: Path) -> None:
    """Write down what each laptop is sent in a run, and where an answer is waited for, in their order, by its port."""
    cost = measure(folder, sys.executable, "-c", _RECORDER, "inventory/lab.py", ROOT / "deploy.py", "-y")
    files = [file.read_bytes().splitlines() for file in (folder / _SAID).iterdir()]
    odd = [one for one in files if sum(line[:1] == b"w" for line in one) != 3]  # the agent and two requests
    if cost.code or odd:
        sys.exit(f"the run to record was not one without a change: exit code {cost.code}, {len(odd)} laptops")


def replay(folder: Path, *, awake: bool = False) -> Cost:
    """Send all laptops what was recorded; return what the process that does it cost."""
    cost = measure(folder, sys.executable, __file__, *(["awake"] if awake else []))
    if cost.code:
        sys.exit(f"the replay ended with {cost.code}")
    return cost


def _replay(*, awake: bool) -> None:
    """Be the process that is measured, in the folder of a lab."""
    from gevent import monkey  # noqa: PLC0415 - first of all, as pyinfra does it

    monkey.patch_all()
    import gevent.pool  # noqa: PLC0415
    import paramiko  # noqa: PLC0415

    from pyinfra_wsl import agent  # noqa: PLC0415

    lab = json.loads(Path(".lab/lab.json").read_text())
    key = paramiko.Ed25519Key.from_private_key_file(lab["key"])
    known = {line.split()[0]: line.split()[1:3] for line in Path(lab["known_hosts"]).read_text().splitlines()}
    start = agent.command_line().encode()

    class Known(paramiko.MissingHostKeyPolicy):
        def missing_host_key(self, _client: object, hostname: str, key: paramiko.PKey) -> None:
            if known.get(hostname) != [key.get_name(), key.get_base64()]:
                raise SystemExit(f"{hostname} has another key")

    def transport(*arguments: Any, **more: Any) -> paramiko.Transport:
        made = paramiko.Transport(*arguments, **more)
        if not awake:
            made.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            options = made.get_security_options()
            options.ciphers = sorted(options.ciphers, key=lambda one: "gcm" not in one)
        return made

    def one(laptop: dict[str, Any]) -> None:
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(Known())
        client.connect(
            laptop["host"], laptop["port"], lab["user"], pkey=key, look_for_keys=False, allow_agent=False,
            transport_factory=transport,
        )  # fmt: skip
        if not awake:
            client.get_transport().sock.settimeout(_WAKE)
        channel = client.get_transport().open_session()
        channel.exec_command(start)
        lines = channel.makefile("rb")
        with open(f"{_SAID}/{laptop['port']}", "rb") as said:  # noqa: PTH123 - as little as can be
            for line in said:
                if line[:1] == b"w":
                    channel.sendall(line[1:])
                elif not lines.readline():
                    raise SystemExit("a laptop hung up")
        channel.close()
        client.close()

    pool = gevent.pool.Pool(None if awake else _AT_ONCE * (os.cpu_count() or 1))
    jobs = [pool.spawn(one, laptop) for laptop in lab["laptops"].values()]
    gevent.joinall(jobs, raise_error=True)


if __name__ == "__main__":
    _replay(awake="awake" in sys.argv)
