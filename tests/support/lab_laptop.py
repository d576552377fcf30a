"""A simulated laptop of the lab that carries out plans: what a resource asks is answered as the agent would answer it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pyinfra_wsl import agent as shipped
from pyinfra_wsl.connectors.upload import upload
from pyinfra_wsl.core import shape
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.plan import Plan
from pyinfra_wsl.core.talk import Later, Request, Run, Talk, Upload, drive
from pyinfra_wsl.core.windows.laptop import Laptop, Target
from pyinfra_wsl.core.windows.look import keep, look, read
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.lab.agent import Agent
from pyinfra_wsl.lab.assembly import assemble
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.wsl import package as wsl_package
from pyinfra_wsl.lab.wsl.registration import Registrations

FEATURES = ("VirtualMachinePlatform", "Microsoft-Windows-Subsystem-Linux")


class LabLaptop:
    """A laptop with WSL, alice at its screen, and us connected as its administrator.

    Args:
        distros: the names that a snapshot looks into.
        package: version of the WSL package; empty for none.
        settings: of the machine: ``culture``, ``build``, …

    """

    def __init__(self, *distros: str, package: str = "2.6.1.0", **settings: Any) -> None:
        """Build it and connect."""
        self.loop = asyncio.new_event_loop()
        self.machine = assemble(Machine("lt-1", pace=0.0005, **settings))
        for name in FEATURES:
            self.machine.features.set_state(name, "Enabled")
        self.machine.settle()
        if package:
            wsl_package.install(self.machine, package)
        self.alice = windows.add_person(self.machine, "alice")
        self.machine.log_on(self.alice)
        self.target = Target("console", distros)
        self.run, self.requests = "0", 0
        self._connect()

    def _connect(self) -> None:
        token = windows.administrator_token(self.machine)
        process = self.machine.processes.add(r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe", token)
        self.agent = Agent(self.machine, token, process, None, token.account.profile, self.machine.environment(token))

    def docker(self, version: str = "4.46.0") -> DockerDesktop:
        """Install Docker Desktop, whose licence alice has accepted."""
        desktop = self.machine.part(DockerDesktop)
        desktop.install(version)
        desktop.write_settings(self.alice)
        return desktop

    def start_docker(self) -> None:
        """Let alice start it, and wait until it runs."""

        async def wait() -> None:
            app = self.machine.part(DockerDesktop).start(self.token(self.alice))
            while app.status == "starting":
                await self.machine.sleep(1)

        self.loop.run_until_complete(wait())

    def token(self, account: Account) -> Any:
        """Return what a person's own programs run with."""
        return windows.Token(account, account.admin, account.session)

    def ask(self, calls: Sequence[Call], *, keep_going: bool = False, progress: str = "") -> list[Answer]:
        """Send one request."""
        del progress
        line = json.dumps({"id": 1, "calls": [json.loads(one.text) for one in calls], "keep_going": keep_going})
        reply = self.loop.run_until_complete(self.agent.answer(line))
        return [shape.answer(one, result) for one, result in zip(calls, reply["results"], strict=True)]

    def ask_ahead(self, calls: Iterator[Call], taken: Callable[[], None]) -> Answer | None:
        """Send calls one after the other; return the first answer that is an error."""
        for one in calls:
            (answer,) = self.ask([one])
            if not answer.ok:
                return answer
            taken()
        return None

    def drive(self, talk: Talk[Any]) -> Any:
        """Carry a talk to its end."""
        return drive(talk, self.serve)

    def serve(self, asked: Any) -> list[Answer]:
        """Answer one request of a talk."""
        if isinstance(asked, Upload):
            return [upload(self, asked, lambda _line: None)]
        assert isinstance(asked, Request | Later)
        self.requests += isinstance(asked, Request)
        answers = self.ask(asked.calls, keep_going=getattr(asked, "keep_going", False))
        return answers if isinstance(asked, Request) else []

    def asked_by(self, talk: Talk[Any]) -> Iterator[Any]:
        """Carry a talk out, and show each request before it is served."""
        answers: Sequence[Answer] | None = None
        while True:
            try:
                asked = next(talk) if answers is None else talk.send(answers)
            except StopIteration:
                return
            yield asked
            answers = self.serve(asked)

    @property
    def next_run(self) -> Run:
        """Begin a run."""
        self.run = str(int(self.run) + 1)
        process = self.agent.process.pid
        return Run(f"run{self.run}", "ada@control", shipped.source(), process, r"LT-1\fleet-admin", "2026-11-21T09:14:03+00:00")

    def look(self) -> Laptop:
        """Take a snapshot."""
        raw = self.drive(look(resources(), self.next_run, self.target))
        seen = read(resources(), self.target, raw, r"LT-1\fleet-admin", self.machine.culture)
        return read(resources(), self.target, keep(resources(), raw, seen, None), r"LT-1\fleet-admin", self.machine.culture)

    def carry_out(self, plan: Plan) -> None:
        """Carry out a plan that has steps and nothing else in its way."""
        assert not plan.failures, plan.failures
        assert not plan.deferred, plan.deferred
        run = self.next_run
        for step in plan.steps:
            self.drive(step.does(run))
        assert not self.machine.complaints, self.machine.complaints

    def lxss(self, name: str) -> dict[str, Any]:
        """Return the values of alice's registration of a distribution; none where there is none."""
        for item in Registrations(self.machine.registry, self.alice.sid).all():
            values = {value: data for value, (_, data) in self.machine.registry.values(item.key).items()}
            if values.get("DistributionName") == name:
                return values | {"guid": item.guid}
        return {}

    def sentences(self, plan: Plan) -> list[str]:
        """Return what a plan would do."""
        return [step.sentence for step in plan.steps]


def archive(folder: Path, data: bytes, name: str = "image.tar.gz") -> dict[str, str]:
    """Put an archive on the control machine; return how it is declared."""
    path = folder / name
    path.write_bytes(data)
    return {"source": str(path), "sha256": hashlib.sha256(data).hexdigest()}
