r"""Docker Desktop on a simulated laptop: installed for all users, at most one instance, in the session of whoever started it.

Sources: Docker's documentation (install pages, "docker desktop" reference, settings pages, WSL pages) and release notes; where
those are silent, what its users reported in docker/for-win. How long things take is the lab's own.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal

from pyinfra_wsl.lab.docker_desktop import integration as docker_integration
from pyinfra_wsl.lab.docker_desktop import settings as docker_settings
from pyinfra_wsl.lab.docker_desktop.settings import SettingsError
from pyinfra_wsl.lab.machine.account import Account, Token
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.machine import ENVIRONMENT_KEY, Machine
from pyinfra_wsl.lab.machine.part import Part
from pyinfra_wsl.lab.machine.process import Process
from pyinfra_wsl.lab.machine.windows import PROGRAM_IMAGE
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.lab.wsl.distro import Entry, Tree
from pyinfra_wsl.lab.wsl.distro_instance import Instance
from pyinfra_wsl.lab.wsl.errors import WslError
from pyinfra_wsl.lab.wsl.user import WslUser

FOLDER = r"C:\Program Files\Docker\Docker"
UNINSTALL_KEY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Docker Desktop"
PROGRAMS = ("Docker Desktop.exe", "DockerCli.exe", r"resources\com.docker.backend.exe", r"resources\bin\docker.exe")
FIRST_STORE, SINGLE_DISTRO = (4, 35), (4, 36)
ENGINE = "28.3.3"
APP_START, ENGINE_START, END = 3.0, 12.0, 4.0
"""Seconds of lab time until the window is there, the engine answers, and all of it has ended."""

Status = Literal["starting", "running", "failed"]


@dataclass(eq=False, repr=False)
class App:
    """Docker Desktop while it runs.

    Args:
        token: in whose session.
        window: its ``Docker Desktop.exe``.
        status: ``failed`` shows an error and has no engine.
        problem: what it shows.
        settings: as read at the start; None where the file was refused.
        backend: its ``com.docker.backend.exe``.
        held: the distributions it keeps running.
        user: the WSL session they belong to.

    """

    token: Token
    window: Process
    status: Status = "starting"
    problem: str = ""
    settings: dict[str, Any] | None = None
    backend: Process | None = None
    held: list[Instance] = field(default_factory=list)
    user: WslUser | None = None
    work: asyncio.Task[None] | None = None


class DockerDesktop(Part):
    """Docker Desktop of one laptop; it is there once `install` was called."""

    def __init__(self, machine: Machine) -> None:
        """Begin with nothing installed."""
        self.machine = machine
        self.version = ""
        self.containers: list[str] = []
        self.forgets_integration = False
        """Whether the next start loses the list of integrated distributions, as docker/for-win issues 13933 and 13990 report."""
        self._app: App | None = None

    # --- installation ---

    def install(self, version: str = "4.46.0") -> None:
        """Install it for all users; nobody has started it yet, so no settings exist."""
        machine, self.version = self.machine, version
        for name in PROGRAMS:
            machine.files.write(rf"{FOLDER}\{name}", PROGRAM_IMAGE)
        for key, value in (("DisplayName", "Docker Desktop"), ("DisplayVersion", version), ("InstallLocation", FOLDER)):
            machine.registry.set(UNINSTALL_KEY, key, "String", value)
        path = str(machine.registry.get(ENVIRONMENT_KEY, "Path", ""))
        machine.registry.set(ENVIRONMENT_KEY, "Path", "ExpandString", rf"{path.rstrip(';')};{FOLDER}\resources\bin")

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version as numbers."""
        return tuple(int(part) for part in self.version.split("."))

    @property
    def store(self) -> bool:
        """Whether the settings are in the newer file."""
        return self.numbers >= FIRST_STORE

    def settings_path(self, account: Account) -> str:
        """Return the path of a user's settings."""
        return rf"{account.profile}\AppData\Roaming\Docker\{'settings-store.json' if self.store else 'settings.json'}"

    def write_settings(self, account: Account, **values: Any) -> None:
        """Write a user's settings as an earlier start of the program left them: the licence accepted, and `values`."""
        accepted = {"LicenseTermsVersion": docker_settings.LICENSE, "DisplayedOnboarding": True}
        settings = docker_settings.load(None) | accepted | values
        self.machine.files.write(self.settings_path(account), docker_settings.save(settings, store=self.store))

    # --- running ---

    @property
    def app(self) -> App | None:
        """The running instance; one whose process was killed is gone, without having written its settings."""
        app = self._app
        if app is not None and self.machine.processes.get(app.window.pid) is not app.window:
            self._forget(app)
        return self._app

    @property
    def engine(self) -> str:
        """The version of the engine that answers, empty where none does."""
        app = self.app
        return ENGINE if app is not None and app.status == "running" else ""

    def start(self, token: Token) -> App:
        """Start it in a session, as a double click does; a second start shows the first one's window."""
        if (app := self.app) is not None:
            return app
        processes = self.machine.processes
        app = self._app = App(token, processes.add(rf"{FOLDER}\Docker Desktop.exe", token))
        app.backend = processes.add(rf"{FOLDER}\resources\com.docker.backend.exe", token, app.window.pid)
        app.work = asyncio.get_running_loop().create_task(self._begin(app))
        return app

    def start_at_once(self, account: Account) -> None:
        """Have it running since long in a user's session, if there is one: this start takes no time."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:  # a laptop that nobody serves: no time passes on it
            return
        if not account.logged_on:
            return
        pace, self.machine.pace = self.machine.pace, 0.0

        def restore(_done: object) -> None:
            self.machine.pace = pace

        work = self.start(Token(account, False, account.session)).work
        assert work is not None  # noqa: S101 - whatever was started has one
        work.add_done_callback(restore)

    async def _begin(self, app: App) -> None:
        await self.machine.sleep(APP_START)
        try:
            app.settings = self._load(app.token.account)
            if app.settings["LicenseTermsVersion"] < docker_settings.LICENSE:
                app.problem = "Docker Subscription Service Agreement"  # a window that waits for a person
                return
            await self._start_engine(app, app.settings)
        except (SettingsError, FileError) as error:
            app.status, app.problem = "failed", str(error)
        except WslError as error:
            app.status, app.problem = "failed", error.code(named=True)

    def _load(self, account: Account) -> dict[str, Any]:
        """Read the file, the older one where the newer is not there yet (4.35 renamed it), and write it anew."""
        path, files = self.settings_path(account), self.machine.files
        found = path if files.exists(path) else path.replace("settings-store.json", "settings.json")
        settings = docker_settings.load(files.read(found) if files.exists(found) else None)
        if self.forgets_integration:
            self.forgets_integration = False
            settings["IntegratedWslDistros"] = []
        files.write(path, docker_settings.save(settings, store=self.store))
        return settings

    async def _start_engine(self, app: App, settings: dict[str, Any]) -> None:
        user = app.user = wsl.open_session(self.machine, app.token)
        for name in docker_integration.INTERNAL if self.numbers < SINGLE_DISTRO else docker_integration.INTERNAL[:1]:
            self._deploy(user, name)
        instance, _ = await user.start(user.registrations.by_name("docker-desktop"))
        user.hold(instance)
        app.held.append(instance)
        await self.machine.sleep(ENGINE_START)
        wanted = docker_integration.wanted(user, settings)
        await docker_integration.remove_links(user, but=wanted)
        for item in wanted:
            integrated = await docker_integration.set_up(user, item)
            app.held += [integrated] if integrated else []
        app.status = "running"

    def _deploy(self, user: WslUser, name: str) -> None:
        """Register one of Docker's own distributions if it is not there."""
        if any(item.name == name for item in user.registrations.listed(every_state=True)):
            return
        place = rf"{user.account.profile}\AppData\Local\Docker\wsl\{'data' if name.endswith('-data') else 'main'}"
        root = Tree()
        for path, data in (("/etc/os-release", b"ID=docker-desktop\n"), ("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")):
            root.make(path.rpartition("/")[0])
            root.entries[path] = Entry("file", 0o644, data=data)
        wsl.register(self.machine, user.account, name, root, folder=place)

    async def stop(self) -> None:
        """Quit: the settings in memory are written over what lies on the disk, so edits made meanwhile are lost."""
        app = self.app
        if app is None:
            return
        await self.machine.sleep(END)
        self._quit(app)

    def change(self, **values: Any) -> None:
        """Change settings in the window, which writes the file at once."""
        app = self.app
        if app is not None and app.settings is not None:
            app.settings.update(values)
            self._save(app)

    def _save(self, app: App) -> None:
        if app.settings is not None:
            path = self.settings_path(app.token.account)
            self.machine.files.write(path, docker_settings.save(app.settings, store=self.store))

    def _quit(self, app: App) -> None:
        self._save(app)
        self._forget(app)
        self.machine.processes.kill(app.window)

    def _forget(self, app: App) -> None:
        """Let go of everything in WSL; Docker's own distribution is stopped."""
        self._app = None
        if app.work is not None:
            app.work.cancel()
        if app.user is not None:
            for instance in app.held:
                docker_integration.take_down(app.user, instance)
                if instance.name in docker_integration.INTERNAL:
                    app.user.terminate(instance.guid)
        if app.backend is not None:
            self.machine.processes.end(app.backend)

    # --- the laptop's events ---

    def on_reboot(self) -> None:
        """Windows goes down: the program ends as at a log-off."""
        if self._app is not None:
            self._quit(self._app)

    def on_log_off(self, account: Account) -> None:
        """End with the session it runs in; its settings are written as at any end."""
        if self._app is not None and self._app.token.account.sid == account.sid:
            self._quit(self._app)
