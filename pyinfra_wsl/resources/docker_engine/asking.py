"""Whether a repository answers a host, asked once and before anything is changed: a mirror that is down, or a proxy in between.

The host's own package manager asks, with its proxy and its certificates: apt-helper(1) of apt, ``makecache`` of dnf(8).
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace

from pyinfra_wsl.core.acts import Shell, refuse
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.resources.docker_engine.sources import bare

_SECONDS = 30
_BARE = "sed 's|//[^/@ ]*@|//|g'"
"""Takes passwords out of addresses."""


def first(ask: Shell, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Let the first step ask before it changes anything.

    Args:
        ask: the question.
        steps: steps that do acts.

    """
    return tuple(
        replace(step, does=(ask, *step.does)) if number == 0 and not callable(step.does) else step
        for number, step in enumerate(steps)
    )


def apt(address: str, suite: str) -> Shell:
    """Return a script that fails unless a repository of the deb kind answers with its release.

    Args:
        address: of the repository.
        suite: its suite.

    """
    place = f"{address}/dists/{suite}"
    options = " ".join(f"-o Acquire::{one}::Timeout={_SECONDS}" for one in ("http", "https"))
    helper = f"/usr/lib/apt/apt-helper {options} -o Acquire::Retries=0 download-file"
    names = "/^(Origin|Label|Suite|Codename):/"
    line = (
        "d=$(mktemp -d) && trap 'rm -rf \"$d\"' EXIT"
        f' && {{ {helper} {shlex.quote(f"{place}/InRelease")} "$d/r" >"$d/said" 2>&1'
        f' || {helper} {shlex.quote(f"{place}/Release")} "$d/r" >"$d/said" 2>&1'
        f" || {{ said=$(sed -n 's/^E: //p' \"$d/said\" | head -n 1 | {_BARE}); {refuse('silent', '$said')}; }}; }}"
        f" && {{ awk '{names} {{ found = 1 }} END {{ exit !found }}' \"$d/r\" || {{ {refuse('other')}; }}; }}"
    )
    return Shell(f"({line})", _refusals(place))


def dnf(address: str, machine: str) -> Shell:
    """Return a script that fails unless a repository of the rpm kind answers with its repomd.xml.

    Args:
        address: of the repository, up to the architecture.
        machine: ``uname -m``, in whose name the repository has its packages.

    """
    place = address.replace("$basearch", machine)
    ask = (
        f"dnf --disablerepo='*' --repofrompath={shlex.quote(f'docker-asked,{place}')} --enablerepo=docker-asked"
        f" --setopt=docker-asked.skip_if_unavailable=False --setopt=timeout={_SECONDS} --setopt=retries=1 makecache"
    )
    # The first line that names the cause, else dnf's own last word.
    told = (
        "awk '/[Ss]tatus code|[Cc]url error/ { print; told = 1; exit } /^Error:/ { said = $0 }"
        ' END { if (!told) print said ? said : "dnf tells no reason" }\''
    )
    cause = f"$(printf '%s\\n' \"$said\" | {told} | sed 's/^[ -]*//' | {_BARE})"
    return Shell(f"{{ said=$({ask} 2>&1) || {{ {refuse('silent', cause)}; }}; }}", _refusals(place))


def _refusals(asked: str) -> dict[str, Failure]:
    place = bare(asked)
    remedy = "look at the address, at the host's proxy and certificates, or declare repository: a mirror that it reaches"
    return {
        "silent": Failure(f"{place} does not answer this host: {{said}}; nothing was changed", remedy, "unreachable"),
        "other": Failure(f"{place} answers with something else than a repository; nothing was changed", remedy, "unreachable"),
    }
