"""Debian's Chromium without a window, told what to do over its DevTools protocol: by a pipe, so that nothing else is needed.

https://chromedevtools.github.io/devtools-protocol/; with ``--remote-debugging-pipe`` messages are JSON that ends in a zero byte,
on the descriptors 3 (to the browser) and 4 (from it).
"""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MISSING = "no Chromium is on this machine: apt-get install -y --no-install-recommends chromium (110 MB to load, 410 MB of disk)"

_SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-extensions", "--disable-dev-shm-usage",
)  # fmt: skip
_PIPES = """import os, sys
read, write, *command = sys.argv[1:]
os.dup2(int(read), 63), os.dup2(int(write), 64)  # out of the way of one another
os.dup2(63, 3), os.dup2(64, 4)
os.execvp(command[0], command)
"""
_SECONDS = 60


class Chromium:
    """One browser with one page."""

    def __init__(self):
        self.home = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        (read, self.write), (self.read, write) = os.pipe(), os.pipe()
        command = [PROGRAM, *_SWITCHES, f"--user-data-dir={self.home.name}", "about:blank"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", _PIPES, str(read), str(write), *command], pass_fds=(read, write),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        os.close(read), os.close(write)
        self.number, self.session, self.buffer, self.events = 0, None, b"", []
        target = next(one for one in self.call("Target.getTargets")["targetInfos"] if one["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.write), os.close(self.read)
        self.home.cleanup()

    def call(self, method, **params):
        """Carry out a command of the protocol and return its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.write, data) :]
        until = time.monotonic() + _SECONDS
        while True:
            answer = self._next(until)
            if answer.get("id") == self.number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self.events.append(answer)

    def _next(self, until):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read], [], [], max(until - time.monotonic(), 0))
            assert ready, "Chromium does not answer"
            data = os.read(self.read, 2**16)
            assert data, "Chromium has ended"
            self.buffer += data
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def run(self, script):
        """Evaluate JavaScript in the page, waiting for a promise, and return its value."""
        how = {"awaitPromise": True, "returnByValue": True, "allowUnsafeEvalBlockedByCSP": False}
        answer = self.call("Runtime.evaluate", expression=script, **how)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, script, seconds=20):
        """Wait until JavaScript is true in the page."""
        end = time.monotonic() + seconds
        while not self.run(f"Boolean({script})"):
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(0.02)

    def open(self, url, width=1280, height=900, **features):
        """Open an address in a window of a size, with media features: ``dark=True``, ``print=True``."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        scheme = "dark" if features.get("dark") else "light"
        media = "print" if features.get("print") else ""
        self.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url="about:blank")
        self.events.clear()
        self.call("Page.navigate", url=url)
        self.until("location.href !== 'about:blank' && document.readyState === 'complete'")

    def key(self, key, code=0, text=""):
        """Press a key."""
        names = {"key": key, "code": key, "windowsVirtualKeyCode": code, "text": text}
        self.call("Input.dispatchKeyEvent", type="keyDown", **names)
        self.call("Input.dispatchKeyEvent", type="keyUp", **names)

    def picture(self, path, whole=True):
        """Write a screenshot."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]))

    def said(self):
        """Return what the page has complained of: errors, and what its policy has blocked."""
        found = []
        for one in self.events:
            if one.get("method") == "Runtime.exceptionThrown":
                found.append(one["params"]["exceptionDetails"].get("exception", {}).get("description", "an exception"))
            if one.get("method") == "Log.entryAdded":
                found.append(one["params"]["entry"]["text"])
            if one.get("method") == "Runtime.consoleAPICalled":
                found.append(str(one["params"]["args"]))
        return found

    def asked(self):
        """Return the addresses that the page has asked for, besides its own."""
        urls = [one["params"]["request"]["url"] for one in self.events if one.get("method") == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith(("file:", "about:"))]
