"""Docker Desktop on a simulated laptop: for all users or for one, at most one instance, in the session of who started it.

Sources: Docker's documentation (install pages, "docker desktop" reference, settings pages, WSL pages) and release notes; where
those are silent, what its users reported in docker/for-win. How long things take is the lab's own.
"""

from __future__ import annotations

import asyncio
from typing import Any

from pyinfra_wsl.lab.docker_desktop import engines, places, policy, releases, setup, start_up, wsl_engine
from pyinfra_wsl.lab.docker_desktop import integration as docker_integration
from pyinfra_wsl.lab.docker_desktop import settings as docker_settings
from pyinfra_wsl.lab.docker_desktop.content import Contents
from pyinfra_wsl.lab.docker_desktop.engines import Engine, EngineError, Place, Waits
from pyinfra_wsl.lab.docker_desktop.happenings import Happenings
from pyinfra_wsl.lab.docker_desktop.instance import App
from pyinfra_wsl.lab.docker_desktop.options import Choices
from pyinfra_wsl.lab.docker_desktop.package import Package
from pyinfra_wsl.lab.docker_desktop.places import Installation
from pyinfra_wsl.lab.docker_desktop.refusals import Asked
from pyinfra_wsl.lab.docker_desktop.settings import SettingsError
from pyinfra_wsl.lab.machine.account import LOCAL_SYSTEM, Account, Token
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.part import Part
from pyinfra_wsl.lab.wsl.errors import WslError

APP_START, ENGINE_START, END = 3.0, 12.0, 4.0
"""Seconds of lab time until the window is there, the engine answers, and all of it has ended."""
WAIT = 0.5


class DockerDesktop(Part):
    """Docker Desktop of one laptop; it is there once `install` was called, or an installer has run."""

    def __init__(self, machine: Machine) -> None:
        """Begin with nothing installed."""
        self.machine = machine
        self.happens = Happenings()
        self.contents = Contents()
        self.forgets_integration = False
        """Whether the next start loses the list of integrated distributions, as docker/for-win issues 13933 and 13990 report."""
        self.turns_default_off = False
        """Whether the next start is the first one after an upgrade across 4.75, which switched the default's integration off."""
        self.default_integrated = False
        """What it means where the settings do not say whether the default distribution is integrated: sources conflict."""
        self.member_of: frozenset[str] = frozenset()
        """The organisations of who is signed in; none: nobody is."""
        self.consents = False
        """Whether a person answers when Windows asks for elevation."""
        self.others: dict[str, Engine] = {}
        """Engines that are none of Docker Desktop's, by the lower-case name of their pipe."""
        self._app: App | None = None
        self._containers: list[str] | None = None
        machine.services.watchers[places.SERVICE] = self._service_changed

    # --- installation ---

    def install(
        self, version: str = "4.46.0", *, account: Account | None = None, backend: str = "", switches: tuple[str, ...] = ()
    ) -> None:
        """Have it installed since long; nobody has started it yet, so no settings exist.

        Args:
            version: three numbers.
            account: for whom alone; None for all users, of whom those who are there are in docker-users where that counts.
            backend: as ``--backend`` says it; features stay as they are.
            switches: flags of the installer without a value.

        """
        machine = self.machine
        token = Token(account, admin) if account and (admin := account.admin) else Token(account or LOCAL_SYSTEM)
        asked = Asked(machine, Package(version), Choices(frozenset(switches), {}, backend), token, account)
        for step in setup.steps(asked, places.folder_of(account), features=False):
            step()
        needed = backend not in ("", "wsl-2") or asked.package.numbers < releases.NO_GROUP_CHECK
        for person in machine.accounts.values() if needed and account is None else ():
            machine.groups.add(places.GROUP, person.sid)
            person.memberships = machine.groups.of(person.sid)

    @property
    def current(self) -> Installation | None:
        """The installation of the instance that runs, else the one for all users, else any."""
        found = places.installations(self.machine)
        return self._app.installation if self._app is not None else found[0] if found else None

    @property
    def version(self) -> str:
        """The version that is installed, empty for none."""
        return self.current.version if self.current is not None else ""

    @property
    def numbers(self) -> releases.Version:
        """The version as three numbers; none at all where it is not installed."""
        return self.current.numbers if self.current is not None else ()

    def settings_path(self, account: Account) -> str:
        """Return the path of a user's settings."""
        found = places.for_account(self.machine, account)
        return setup.settings_path(account, found.numbers if found else releases.SETTINGS_STORE)

    def write_settings(self, account: Account, **values: Any) -> None:
        """Write a user's settings as an earlier start of the program left them: what is there, the licence accepted, `values`."""
        accepted, path = (
            {"LicenseTermsVersion": docker_settings.LICENSE, "DisplayedOnboarding": True},
            self.settings_path(account),
        )
        before = self.machine.files.read(path) if self.machine.files.exists(path) else None
        settings = docker_settings.load(before) | accepted | values
        self.machine.files.write(path, docker_settings.save(settings, store=path.endswith("settings-store.json")))

    # --- running ---

    @property
    def defaults(self) -> dict[str, Any]:
        """The defaults of settings on this laptop of which sources conflict."""
        return {"EnableIntegrationWithDefaultWslDistro": self.default_integrated}

    @property
    def app(self) -> App | None:
        """The running instance; one whose process was killed is gone, without having written its settings."""
        app = self._app
        if app is not None and self.machine.processes.get(app.window.pid) is not app.window:
            self._forget(app)
        return self._app

    @property
    def running(self) -> Engine | None:
        """The engine that answers, None for none; it does so no more when its backend was killed."""
        app = self.app
        alive = app is not None and app.backend is not None and self.machine.processes.get(app.backend.pid) is app.backend
        return app.engine if app is not None and alive and app.status == "running" else None

    @property
    def engine(self) -> str:
        """The version of the engine that answers, empty where none does."""
        return self.running.version if self.running is not None else ""

    @property
    def containers(self) -> list[str]:
        """The containers of the engine that answers, or that will answer next."""
        return self.running.content.containers if self.running is not None else self._containers or []

    @containers.setter
    def containers(self, names: list[str]) -> None:
        if self.running is not None:
            self.running.content.containers = names
        else:
            self._containers = names

    def start(self, token: Token, exe: str = "") -> App:
        """Start it in a session, as a double click does; a second start shows the first one's window.

        Args:
            token: whose session.
            exe: which program; empty for the one of that user.

        """
        if (app := self.app) is not None:
            return app
        found = places.of_program(self.machine, exe) if exe else places.for_account(self.machine, token.account)
        found = found or Installation("all_users", "4.86.0", places.FOLDER, places.UNINSTALL_KEY)
        processes = self.machine.processes
        app = self._app = App(token, processes.add(rf"{found.folder}\{places.WINDOW}", token), found)
        app.backend = processes.add(rf"{found.folder}\{places.BACKEND}", token, app.window.pid)
        self.machine.pipes.listen(engines.API_PIPE, app.backend)
        app.work = asyncio.get_running_loop().create_task(self._begin(app))
        return app

    def start_at_once(self, account: Account) -> None:
        """Have it running since long in a user's session, if there is one: this start takes no time."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:  # a laptop that nobody serves: no time passes on it
            return
        if not account.logged_on or places.for_account(self.machine, account) is None:
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
            account = app.token.account
            start_up.demand_readable(self.machine, app.installation, account)
            app.policy = policy.read(self.machine, app.installation.numbers)
            who = start_up.Who(self.machine, app.installation, account, self.member_of, self.defaults)
            app.settings = start_up.load(who, app.policy, self._lost())
            start_up.enter(self.machine, app.installation, account)
            if not app.policy.lets_in(self.member_of):
                raise Waits("Sign in required!")
            if app.settings["LicenseTermsVersion"] < docker_settings.LICENSE:
                raise Waits("Docker Subscription Service Agreement")
        except Waits as window:
            app.problem = str(window)
        except (SettingsError, FileError) as error:
            app.status, app.problem = "failed", str(error)
        else:
            await self._start_engine(app, app.settings)

    def _lost(self) -> dict[str, Any]:
        """Return what this start changes in the settings on its own account, once."""
        lost: dict[str, Any] = {"IntegratedWslDistros": []} if self.forgets_integration else {}
        lost |= {"EnableIntegrationWithDefaultWslDistro": False} if self.turns_default_off else {}
        self.forgets_integration = self.turns_default_off = False
        return lost

    async def _start_engine(self, app: App, settings: dict[str, Any]) -> None:
        """Start the engine that the settings mean; what keeps it from starting is shown."""
        app.status, app.problem = "starting", ""
        choices = setup.read_choices(self.machine, app.installation.account) or {}
        place = Place(self.machine, app.installation, app.token.account, settings, choices, self.contents, self.consents)
        try:
            backend = engines.wanted(settings)
            if backend == "wsl-2":
                app.engine = await self._on_wsl(app, place)
            else:
                engine = engines.windows(place) if backend == "windows" else engines.hyperv(place)
                app.engine = engine
                await self.machine.sleep(ENGINE_START)
        except Waits as window:
            app.problem = str(window)
        except (SettingsError, FileError, EngineError) as error:
            app.status, app.problem = "failed", str(error)
        except WslError as error:
            app.status, app.problem = "failed", error.code(named=True)
        else:
            self._answer(app)

    def _answer(self, app: App) -> None:
        """Let the engine that has started listen at its pipes; one that somebody else has is left to them."""
        assert app.engine is not None  # noqa: S101 - it has just started
        assert app.backend is not None  # noqa: S101 - it comes with the window
        for pipe in (engines.DEFAULT_PIPE, *_pipes(app.engine)):
            self.machine.pipes.listen(pipe, app.backend)
        if self._containers is not None:
            app.engine.content.containers, self._containers = self._containers, None
        start_up.select_context(self.machine, app.token.account, app.engine.system)
        if app.settings is not None and app.settings["KubernetesEnabled"] and app.engine.system == "linux":
            start_up.enter_cluster(self.machine, app.token.account)
        app.status = "running"

    async def _on_wsl(self, app: App, place: Place) -> Engine:
        app.user, instance = await wsl_engine.begin(place, app.token, keeps_data_distro=self.happens.keeps_data_distro)
        app.held.append(instance)
        await self.machine.sleep(ENGINE_START)
        wanted = docker_integration.wanted(app.user, dict(place.settings), wsl1=app.installation.numbers >= releases.BEARS_WSL1)
        await docker_integration.remove_links(app.user, but=wanted)
        for item in wanted:
            integrated = await docker_integration.set_up(app.user, item, socket=item.name not in self.happens.socketless)
            app.held += [integrated] if integrated else []
        return wsl_engine.engine(place, app.user)

    def switch(self, app: App, *, windows: bool) -> None:
        """Change between Linux and Windows containers; what the other engine holds is out of reach. Raises EngineError."""
        choices = setup.read_choices(self.machine, app.installation.account) or {}
        if windows and choices.get("noWindowsContainers"):
            raise EngineError('unable to set engine to "windows": engine is disabled')
        if app.settings is None or bool(app.settings["UseWindowsContainers"]) == windows:
            return
        app.settings["UseWindowsContainers"] = windows
        self._save(app)
        self._halt(app)
        app.status = "starting"
        app.work = asyncio.get_running_loop().create_task(self._start_engine(app, app.settings))

    async def stop(self, *, force: bool = False) -> None:
        """Quit: the settings in memory are written over what lies on the disk, so edits made meanwhile are lost.

        A wedged backend does not end; what ``--force`` does with one was not found: here it kills it.
        """
        app = self.app
        if app is None:
            return
        while self.happens.wedged and not force and self.app is app and app.backend in list(self.machine.processes):
            await self.machine.sleep(WAIT)
        self.happens.wedged = False
        await self.machine.sleep(END)
        if self.app is app:
            self._quit(app)

    def change(self, **values: Any) -> None:
        """Change settings in the window, which writes the file at once; what the organisation has locked stays as it is."""
        app = self.app
        if app is not None and app.settings is not None:
            app.settings.update(
                {name: value for name, value in values.items() if name not in app.policy.locked or not self.member_of}
            )
            self._save(app)

    def accept(self) -> None:
        """Click on "Accept" where the agreement waits; the engine starts then."""
        app = self.app
        if app is not None and app.settings is not None and app.settings["LicenseTermsVersion"] < docker_settings.LICENSE:
            app.settings["LicenseTermsVersion"] = docker_settings.LICENSE
            self._save(app)
            app.work = asyncio.get_running_loop().create_task(self._start_engine(app, app.settings))

    def end_by_force(self) -> None:
        """Be killed, as installers do it: nothing is written (microsoft/vscode #300248 shows the installer's log)."""
        if (app := self.app) is not None:
            self.machine.processes.kill(app.window)
            self._forget(app)

    def _save(self, app: App) -> None:
        if app.settings is not None:
            path = setup.settings_path(app.token.account, app.installation.numbers)
            store = app.installation.numbers >= releases.SETTINGS_STORE
            self.machine.files.write(path, docker_settings.save(app.settings, store=store, **self.defaults))

    def _quit(self, app: App) -> None:
        self._save(app)
        self._forget(app)
        self.machine.processes.kill(app.window)

    def _forget(self, app: App) -> None:
        """Let go of everything; Docker's own distribution is stopped."""
        self._app = None
        if app.work is not None:
            app.work.cancel()
        self._halt(app)
        if app.backend is not None:
            self.machine.processes.end(app.backend)
        if (seconds := self.happens.comes_back_after) is not None and self.machine.up:
            self.happens.comes_back_after = None
            self.machine.background(self._come_back(app.token, seconds))

    async def _come_back(self, token: Token, seconds: float) -> None:
        await self.machine.sleep(seconds)
        if token.account.logged_on:
            self.start(token)

    def _halt(self, app: App) -> None:
        """End the engine and let go of the distributions."""
        for instance in app.held if app.user is not None else ():
            assert app.user is not None  # noqa: S101 - asked one line above
            docker_integration.take_down(app.user, instance)
            if instance.name in docker_integration.INTERNAL:
                app.user.terminate(instance.guid)
        app.held.clear()
        if app.engine is not None:
            engines.end(self.machine, app.engine)
        for pipe in (engines.DEFAULT_PIPE, *engines.LINUX_PIPES, *engines.WINDOWS_PIPES):
            if app.backend is not None and self.machine.pipes.holder(pipe) is app.backend:
                self.machine.pipes.close(pipe)
        app.engine = None

    # --- the laptop's events ---

    def _service_changed(self, runs: bool) -> None:
        """Have the helper's process and pipe while its service runs."""
        for process in [item for item in self.machine.processes if item.name == places.SERVICE]:
            self.machine.processes.end(process)
        if runs:
            process = self.machine.processes.add(rf"{places.FOLDER}\{places.SERVICE}", Token(LOCAL_SYSTEM))
            self.machine.pipes.listen(engines.SERVICE_PIPE, process)

    def on_log_on(self, account: Account) -> None:
        """Start with the session where it is told to: by the Run value and its own setting (docker/for-win #13396)."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:  # a laptop that nobody serves
            return
        if start_up.starts_itself(self.machine, account, self.settings_path(account)):
            self.start(Token(account, False, account.session))

    def on_reboot(self) -> None:
        """Windows goes down: the program ends as at a log-off."""
        if self._app is not None:
            self._quit(self._app)
        if self.happens.shutdown_forgets_integration:
            self.forgets_integration, self.happens.shutdown_forgets_integration = True, False

    def on_log_off(self, account: Account) -> None:
        """End with the session it runs in; its settings are written as at any end."""
        if self._app is not None and self._app.token.account.sid == account.sid:
            self._quit(self._app)


def _pipes(engine: Engine) -> tuple[str, ...]:
    return engines.WINDOWS_PIPES if engine.system == "windows" else engines.LINUX_PIPES
