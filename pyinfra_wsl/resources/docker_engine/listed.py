"""Docker's repository where others have named it already: found, refused without consent, and put out of use with a copy kept.

A file that another wrote is edited and never deleted. apt and dnf read no file that ends in ``.save`` (apt.conf(5),
``Dir::Ignore-Files-Silently``; dnf reads ``*.repo``). Two entries of one repository with different keys: "Conflicting values set
for option Signed-By", and no apt command works any more (docker/for-linux issue 1349).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from pyinfra_wsl.core.acts import Shell, refuse, write
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.resources.docker_engine.sources import Source
from pyinfra_wsl.resources.docker_engine.state import APT_KEY, LIST_FILE, State


def others(state: State, address: str) -> tuple[Source, ...]:
    """Return what names Docker's repository, or the declared one, in other files than ours and in the former ``docker.list``.

    Args:
        state: the host as it is.
        address: of the declared repository, with the folder of the distribution.

    """
    return tuple(one for one in state.listed if one.path != LIST_FILE and (one.docker or one.within(address)))


def refusal(state: State, address: str, remedy: str, *, consent: bool = False) -> Iterator[Failure]:
    """Yield why Docker's repository cannot be named once more.

    Args:
        state: the host as it is.
        address: as for `others`.
        remedy: the next step.
        consent: whether lines that name nothing else may be put out of use.

    """
    if found := [one for one in others(state, address) if one.shared or not consent]:
        names = ", ".join(f"{one.place} ({one.address})" for one in found)
        broken = state.os.packages == "apt" and any(one.signed != APT_KEY for one in found)
        why = "; with two keys for one repository no apt command works" if broken else ""
        yield Failure(f"{names} names Docker's repository too{why}", remedy, "repository")


def changes(state: State, address: str) -> Iterator[Step]:
    """Plan that Docker's repository is named nowhere but in our file.

    Args:
        state: the host as it is.
        address: as for `others`.

    """
    former = [one for one in state.listed if one.path == LIST_FILE and (one.docker or one.within(address))]
    if former:
        empty = f"{{ grep -q '^[[:space:]]*[^#[:space:]]' {LIST_FILE} || rm -f {LIST_FILE}; }}"
        line = f"{_edit(former).line} && {empty}"
        yield Step(f"{LIST_FILE} gives way to docker.sources", (Shell(line, _edit(former).refusals),), _kept(LIST_FILE))
    found = others(state, address)
    for path in dict.fromkeys(one.path for one in found):
        lines = [one for one in found if one.path == path]
        numbers = ", ".join(str(one.first) for one in lines)
        yield Step(f"{path} no longer names Docker's repository (line {numbers})", (_edit(lines),), _kept(path))


def replaced(path: str, text: str, beside: Sequence[tuple[int, int]]) -> Shell:
    """Write our file anew; what others have put into it stays, and a copy of it as it was.

    Args:
        path: of the file.
        text: what names Docker's repository; empty where nothing shall.
        beside: from which to which line everything else goes.

    """
    if not beside:
        return write(path, text) if text else Shell(f"rm -f {path}")
    rest = " ".join(f"{first},{last}" for first, last in beside)
    written = f'{{ printf %s {shlex.quote(text)}; for r in {rest}; do echo; sed -n "${{r}}p" {path}; done; }} >"$t"'
    line = (
        f"{_keep(path)} && t=$(mktemp {path}.XXXXXX) && {{ {written}"
        f' && chmod --reference={path} "$t" && mv -f "$t" {path}'
        f' || {{ rm -f "$t"; exit 1; }}; }}'
    )
    return Shell(line)


def _keep(path: str) -> str:
    return f"cp -p --backup=numbered {shlex.quote(path)} {shlex.quote(f'{path}.save')}"


def _kept(path: str) -> str:
    return f"as it was in {path}.save"


def _edit(lines: Sequence[Source]) -> Shell:
    """Put lines of one file out of use, if it still is what was looked at."""
    path, sha256 = shlex.quote(lines[0].path), lines[0].sha256
    edits = " ".join(f"-e {shlex.quote(one)}" for source in lines for one in _sed(source))
    changed = Failure(f"{lines[0].path} was changed meanwhile", "run again", "changed")
    line = (
        f'{{ [ "$(sha256sum {path} | cut -c1-64)" = {sha256} ] || {{ {refuse("changed")}; }}; }}'
        f" && {_keep(lines[0].path)} && sed -i --follow-symlinks {edits} {path}"
    )
    return Shell(line, {"changed": changed})


def _sed(source: Source) -> Iterator[str]:
    span = f"{source.first},{source.last}"
    if source.path.endswith(".sources"):
        yield f"{source.first}i\\Enabled: no"
        yield f"{span}{{/^enabled[[:space:]]*:/Id}}"
    elif source.path.endswith(".repo"):
        yield f"{span}{{/^enabled[[:space:]]*=/Id}}"
        yield f"{span}{{/^\\[/a\\enabled=0\n}}"
    else:
        yield f"{source.first}s/^/# /"
