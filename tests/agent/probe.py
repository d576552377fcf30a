"""The cases' own program, for a real agent: does what its first argument says."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path


def hang():
    time.sleep(60)


def child():
    return subprocess.Popen([sys.executable, __file__, "hang"])


def tell(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def cat_and_fail():
    tell(sys.stdin.buffer.read())
    sys.stderr.write("oops\n")
    return 7


def environment(name):
    tell(f"{os.environ[name]}\n{Path.cwd()}\n".encode())


def tee():
    data = sys.stdin.buffer.read()
    tell(data)
    sys.stderr.buffer.write(data)


def hang_with_child():
    tell(f"begun {child().pid}\n".encode())
    hang()


def close_and_hang():
    os.close(1)
    os.close(2)
    hang()


def leave_child():
    child()
    tell(b"started\n")


def count():
    for number in (1, 2, 3):
        tell(b"%d\n" % number)
        time.sleep(0.3)


WHAT = {
    "arguments": lambda *words: tell(json.dumps(words).encode()),
    "hang": hang,
    "cat_and_fail": cat_and_fail,
    "environment": environment,
    "tee": tee,
    "zeros": lambda size: tell(bytes(int(size))),
    "hang_with_child": hang_with_child,
    "close_and_hang": close_and_hang,
    "leave_child": leave_child,
    "count": count,
    "nothing": lambda: None,
}

if __name__ == "__main__":
    sys.exit(WHAT[sys.argv[1]](*sys.argv[2:]))
