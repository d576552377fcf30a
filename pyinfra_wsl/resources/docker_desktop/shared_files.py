r"""What an administrator says to all people of a laptop: ``admin-settings.json``, and which organisations are demanded.

Docker, "Configure Settings Management with a JSON file", "Enforce sign-in": below ``%ProgramData%\DockerDesktop``, which an
elevated account must own since 4.57, so it is only ever made by us, who are; UTF-8 without a byte order mark. The registry's
organisations win over those of ``registry.json``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.formats import docker_settings, json_file, json_value, version
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.resources.docker_desktop.file import File
from pyinfra_wsl.resources.docker_desktop.places import ORGS, POLICY, PROGRAM_DATA, shared
from pyinfra_wsl.resources.docker_desktop.state import State
from pyinfra_wsl.resources.docker_desktop.want import Want

_FORMAT = "configurationFileVersion"
_REGISTRY = (4, 34)
"""The version since which the registry says which organisations are demanded (Docker's release notes)."""
_NOTE = "it counts for who is signed in as a member of a Docker Business organisation, after Docker Desktop was quit and started"


def refusals(want: Want, state: State) -> Iterator[Failure]:
    """Yield why what is declared for all people cannot be written."""
    asked = ["admin-settings"] if want.admin_settings else []
    asked += ["registry"] if want.orgs is not None and _by_file(state) else []
    for name in asked:
        file, path = state.shared.get(name), shared(f"{name}.json")
        if file is None:
            yield Failure(f"{path} could not be read", "connect as an administrator of the laptop", "settings")
        elif file.unreadable:
            yield Failure(f"{path} {file.problem}", "repair it, or move it away, then run again", "settings")


def steps(want: Want, state: State) -> Iterator[Step]:
    """Yield the steps that write it."""
    if want.admin_settings:
        file = state.shared.get("admin-settings") or File()
        wanted = {**({} if _FORMAT in file.values else {_FORMAT: 2}), **want.admin_settings}
        yield from _file("admin-settings", file, wanted)
    if want.orgs is None:
        return
    if _by_file(state):
        yield from _file("registry", state.shared.get("registry") or File(), {ORGS: list(want.orgs)})
    elif (state.orgs or ()) != want.orgs:
        told = f"{ORGS} of Docker Desktop: {', '.join(state.orgs or ()) or 'none'} → {', '.join(want.orgs) or 'none'}"
        note = "who uses Docker Desktop must sign in as a member of one of them" if want.orgs else "nobody is to sign in for them"
        yield Step(told, _Orgs(want.orgs).talk, note)


def warnings(want: Want, state: State) -> Iterator[str]:
    """Yield what of it does not work as people expect."""
    known, file = version.known(state.version), state.shared.get("registry")
    wins = want.orgs is not None and not _by_file(state) and file is not None and file.exists
    if wins and file is not None and file.values.get(ORGS) != list(want.orgs or ()):
        yield "registry.json names other organisations than the registry, which wins; some versions let nobody sign in then"
    if want.admin_settings and known is not None and known < (4, 43):
        yield f"Docker Desktop {state.version} does not start with a key in admin-settings.json that it does not know"


def _by_file(state: State) -> bool:
    known = version.known(state.version)
    return known is not None and known < _REGISTRY


def _file(name: str, file: File, wanted: Mapping[str, Any]) -> Iterator[Step]:
    have = dict(file.values)
    merged = json_file.merge(have, wanted)
    if not json_value.same(merged, have) or file.problem:
        path = shared(f"{name}.json")
        words = json_file.told(have, merged) or f"mended, which {file.problem}"
        yield Step(f"{name}.json {words}", _Write(path, wanted).talk, _NOTE, json_file.diff(path, have, merged))


@dataclass(frozen=True, slots=True)
class _Write:
    path: str
    wanted: Mapping[str, Any]

    def talk(self, run: Run) -> Talk[None]:
        """Merge with what is there now, write as ourselves, and read it again; no link in that folder is followed."""
        (now,) = yield from ask(call.file_read(self.path, within=PROGRAM_DATA))
        data = now.data if now.exists else None
        parsed = docker_settings.parse(data)
        if not now.ok or parsed.values is None:
            raise StepError(
                f"{self.path} {parsed.problem or now.message}", "repair it, or move it away, then run again", "settings"
            )
        new = docker_settings.render(json_file.merge(parsed.values, self.wanted), data)
        backup = f"{self.path}.{run.id}.bak" if now.exists else None
        write = call.file_write(self.path, new, expected=now.sha256, backup=backup, within=PROGRAM_DATA)
        written, after = yield from ask(write, call.file_read(self.path, within=PROGRAM_DATA), keep_going=True)
        if not written.ok or after.data != new:
            cause = f"{self.path} could not be written: {written.message or 'it is not as it was written'}"
            raise StepError(cause, "look at the folder's owner and rights, then run again", written.kind or "changed")


@dataclass(frozen=True, slots=True)
class _Orgs:
    orgs: tuple[str, ...]

    def talk(self, run: Run) -> Talk[None]:
        """Write the value, of none take it away, and read it again."""
        del run
        wanted = list(self.orgs) or None
        write = call.registry_write(POLICY, ORGS, "MultiString", wanted) if wanted else call.registry_remove(POLICY, ORGS)
        written, after = yield from ask(write, call.registry_read(POLICY), keep_going=True)
        found = (after.value.get("values") or {}).get(ORGS, {}).get("data")
        if not (written.ok and after.ok) or found != wanted:
            cause = f"{ORGS} below {POLICY} could not be written: {written.message or 'it is not as it was written'}"
            raise StepError(cause, "connect as an administrator of the laptop", written.kind or "changed")
