"""The laptops of one lab: served from one process, and what can be asked of them from outside."""

from __future__ import annotations

import asyncio
import json
import os
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import asyncssh

from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.range.server import HOST, Laptop
from pyinfra_wsl.lab.range.state import State
from pyinfra_wsl.lab.resource.breaks import Break, NothingThereError
from pyinfra_wsl.lab.scenarios import SCENARIOS, Wish
from pyinfra_wsl.lab.scenarios.drift import breaks
from pyinfra_wsl.lab.winrm.certificates import Authority
from pyinfra_wsl.lab.winrm.listener import WinRM
from pyinfra_wsl.lab.winrm.settings import Settings, SettingsError
from pyinfra_wsl.lab.wsl import package as wsl_package

USER, PASSWORD = "fleet-admin", "correct horse"
Reply = dict[str, Any]


class RefusedError(Exception):
    """A request cannot be carried out; the text says why and what to do."""


class Range:
    """All laptops.

    Args:
        state: the lab's files.
        order: ``{"port": N, "pace": X, "laptops": {name: {"scenario": …, "declared": {…}, "shell": …, "winrm": {…}}}}``; without
            ``winrm`` a laptop listens for SSH alone; ``person`` is who is at its screen, without it alice.

    """

    def __init__(self, state: State, order: Mapping[str, Any]) -> None:
        """Prepare keys and laptops; nothing listens yet."""
        self.state, self.order = state, order
        self.laptops: dict[str, Laptop] = {}
        self.scenarios: dict[str, str] = {}
        self.drifted: dict[str, list[str]] = {}
        self.stopped = asyncio.Event()
        self._authority = Authority()
        self._key = asyncssh.generate_private_key("ssh-ed25519", comment="the lab's fleet-admin")

    async def start(self) -> None:
        """Let all laptops listen, then write what clients need."""
        port = int(self.order.get("port", 0))
        public = self._key.export_public_key().decode()
        for number, (name, one) in enumerate(self.order["laptops"].items()):
            host_key = asyncssh.generate_private_key("ssh-ed25519")
            shell = one.get("shell", "cmd")
            laptop = Laptop(name, self._builder(name, one["scenario"]), host_key, public, shell, port + number if port else 0)
            laptop.offline = SCENARIOS[one["scenario"]].offline
            laptop.winrm = self._winrm(laptop, one.get("winrm"))
            self.laptops[name], self.scenarios[name] = laptop, one["scenario"]
            await laptop.listen()
        self._write_keys()
        self._write_summary()

    def _winrm(self, laptop: Laptop, told: Mapping[str, Any] | None) -> WinRM | None:
        if told is None:
            return None
        return WinRM(laptop.name, lambda: laptop.machine, Settings.of(told), self._authority)

    def stop(self) -> None:
        """Hang up everywhere."""
        for laptop in self.laptops.values():
            laptop.close()
        running = self.state.read()
        if running is not None and running["pid"] == os.getpid():
            self.state.summary.unlink()

    def answer(self, request: Mapping[str, Any]) -> Reply:
        """Carry out one request of the control socket."""
        verbs: dict[str, Callable[[Mapping[str, Any]], Reply]] = {
            "status": self._status,
            "scenario": self._scenario,
            "drift": self._drift,
            "winrm": self._happen,
            "stop": self._stop,
        }
        try:
            return {"ok": True, **verbs[str(request.get("verb"))](request)}
        except RefusedError as problem:
            return {"ok": False, "message": str(problem)}

    def machine(self, name: str) -> Machine:
        """Return a laptop's machine, built if nobody has asked for it yet."""
        return self._laptop(name).machine

    def _builder(self, name: str, scenario: str) -> Callable[[], Machine]:
        told = self.order["laptops"][name]
        seed, pace = zlib.crc32(name.encode()) % 10000, float(self.order.get("pace", 0.02))
        wish = Wish(name, seed, told.get("declared", {}), pace, told.get("person", ""))
        return partial(SCENARIOS[scenario].build, wish)

    def _write_keys(self) -> None:
        self.state.key.unlink(missing_ok=True)
        self.state.key.touch(0o600)
        self.state.key.write_bytes(self._key.export_private_key())
        lines = (f"[{HOST}]:{one.port} {one.host_key.export_public_key().decode()}" for one in self.laptops.values())
        self.state.known_hosts.write_text("".join(f"{line.strip()}\n" for line in lines))
        if any(one.winrm is not None for one in self.laptops.values()):
            self.state.authority.write_bytes(self._authority.own.pem)

    def _write_summary(self) -> None:
        laptops = {
            name: {"host": HOST, "port": laptop.port, "scenario": self.scenarios[name], **self._reachable(laptop)}
            for name, laptop in self.laptops.items()
        }
        key, known_hosts = str(self.state.key.resolve()), str(self.state.known_hosts.resolve())
        summary = {"pid": os.getpid(), "user": USER, "key": key, "known_hosts": known_hosts, "laptops": laptops}
        temporary = self.state.summary.with_suffix(".tmp")
        temporary.write_text(json.dumps(summary, indent=1))
        temporary.replace(self.state.summary)

    def _reachable(self, laptop: Laptop) -> Reply:
        """Return how a laptop is reached over WinRM, nothing where it is not."""
        if laptop.winrm is None:
            return {}
        ports = {scheme: laptop.winrm.ports[scheme] or None for scheme in ("http", "https")}
        named = {"host": HOST, **ports, "ca": str(self.state.authority.resolve()), "user": USER, "password": PASSWORD}
        if "Certificate" in laptop.winrm.settings.schemes:
            pair, file = self._authority.for_person(USER), self.state.client_certificate
            file.touch(0o600)
            file.write_bytes(pair.key_pem + pair.pem)
            named["certificate"] = str(file.resolve())
        return {"winrm": named}

    def _laptop(self, name: str) -> Laptop:
        if name not in self.laptops:
            raise RefusedError(f"there is no laptop {name} in this lab; 'pyinfra-wsl lab status' lists them")
        return self.laptops[name]

    def _status(self, _request: Mapping[str, Any]) -> Reply:
        return {"laptops": {name: self._describe(name, laptop) for name, laptop in self.laptops.items()}}

    def _describe(self, name: str, laptop: Laptop) -> Reply:
        found: Reply = {
            "port": laptop.port,
            **self._reachable(laptop),
            "scenario": self.scenarios[name],
            "drifted": self.drifted.get(name, []),
        }
        machine = laptop.built
        if machine is not None:
            found |= {
                "boots": machine.boot_count,
                "up": machine.up,
                "processes": _served(laptop),
                "complaints": machine.complaints,
            }
            found["wsl"] = wsl_package.version(machine)
        return found

    def _scenario(self, request: Mapping[str, Any]) -> Reply:
        laptop, wanted = self._laptop(str(request["laptop"])), str(request["scenario"])
        if wanted not in SCENARIOS:
            raise RefusedError(f"there is no scenario {wanted}; 'pyinfra-wsl lab scenario' lists them")
        laptop.replace(self._builder(laptop.name, wanted), offline=SCENARIOS[wanted].offline)
        self.scenarios[laptop.name] = wanted
        self.drifted.pop(laptop.name, None)
        self._write_summary()
        return {}

    def _happen(self, request: Mapping[str, Any]) -> Reply:
        laptop = self._laptop(str(request["laptop"]))
        if laptop.winrm is None:
            raise RefusedError(f"{laptop.name} does not listen for WinRM; give it 'winrm: {{}}' in the scenario file")
        told = {name: request[name] for name in ("do", "action", "number", "seconds") if name in request}
        try:
            laptop.winrm.arrange(Settings.of({"happenings": [told]}).happenings[0])
        except SettingsError as error:
            raise RefusedError(str(error)) from None
        return {}

    def _drift(self, request: Mapping[str, Any]) -> Reply:
        laptop = self._laptop(str(request["laptop"]))
        declared = self.order["laptops"][laptop.name].get("declared", {})
        known = {one.name: one for one in breaks(laptop.machine, declared)}
        done = self.drifted.setdefault(laptop.name, [])
        if request.get("list"):
            return {"settings": {name: one.describe for name, one in known.items()}, "drifted": done}
        one = _choose(laptop.name, known, done, request.get("setting"))
        try:
            one.act(laptop.machine)
        except NothingThereError as problem:
            raise RefusedError(f"{problem}; converge {laptop.name} first, or give it the scenario 'converged'") from None
        done.append(one.name)
        return {"setting": one.name, "describe": one.describe}

    def _stop(self, _request: Mapping[str, Any]) -> Reply:
        asyncio.get_running_loop().call_later(0.05, self.stopped.set)
        return {}


def _choose(laptop: str, known: Mapping[str, Break], done: list[str], setting: str | None) -> Break:
    """Return how the wanted setting is broken, without one how the next is that is whole; raises RefusedError."""
    wanted = setting or next((name for name in known if name not in done), None)
    if wanted is None:
        raise RefusedError(f"everything that {laptop} declares is broken already; 'pyinfra-wsl lab scenario' sets it anew")
    if wanted not in known:
        raise RefusedError(f"{laptop} declares nothing called {wanted}; --list lists what can be broken")
    return known[wanted]


def _served(laptop: Laptop) -> int:
    """Return how often a laptop was called: commands over SSH, shells over WinRM."""
    return laptop.served + (laptop.winrm.counts["Create"] if laptop.winrm is not None else 0)
