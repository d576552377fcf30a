"""``daemon.json``: merged, never replaced; which keys a running daemon takes over, and which need its restart.

Docker documentation, dockerd reference: "Daemon configuration file" and "Configuration reload behavior"; it can
``--validate`` since 23.0.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core.docker_engine_look import DAEMON_FILE, State
from pyinfra_wsl.core.linux import Act, Change, Service, Shell, write
from pyinfra_wsl.core.plan import Failure

_RELOADED = frozenset(
    {"debug", "labels", "live-restore", "max-concurrent-downloads", "max-concurrent-uploads", "max-download-attempts"}
    | {
        "default-runtime",
        "runtimes",
        "authorization-plugins",
        "insecure-registries",
        "registry-mirrors",
        "shutdown-timeout",
        "features",
    }
)

_CHECK = (
    '{ ! dockerd --help 2>/dev/null | grep -q -e --validate || said=$(dockerd --validate --config-file "$t" 2>&1)'
    ' || { echo "dockerd refuses the new daemon.json: $(printf %s "$said" | tail -n 1) NEXT: correct docker_engine.daemon;'
    ' the old file stays" >&2; false; }; }'
)


def merge(have: Mapping[str, Any], want: Mapping[str, Any]) -> dict[str, Any]:
    """Return `have` with what `want` says; objects are merged, other values replaced, other keys kept in their order."""
    merged = dict(have)
    for name, value in want.items():
        old = merged.get(name)
        merged[name] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def problem(want: Mapping[str, Any], state: State) -> Failure | None:
    """Return why daemon.json cannot be merged."""
    if want and state.daemon_problem:
        return Failure(f"{DAEMON_FILE} is no JSON: {state.daemon_problem}", "mend or remove it, then run again", "daemon")
    return None


def changes(want: Mapping[str, Any], state: State, *, restart: bool) -> Iterator[Change]:
    """Plan daemon.json, and how the daemon learns of it.

    Args:
        want: the declared keys.
        state: the host as it is.
        restart: whether the system's daemon runs and is to be told.

    """
    have = state.daemon or {}
    merged = merge(have, want)
    if merged == have:
        return
    keys = [name for name in merged if merged[name] != have.get(name)]
    reload = set(keys) <= _RELOADED
    told: tuple[Act, ...] = ()
    if restart:
        told = (Shell("systemctl reload docker.service"),) if reload else (Service("docker.service", restarted=True),)
    old, new = _text(have) if have else "", _text(merged)
    sentence = ", ".join(f"{name}: {_word(have.get(name))} → {_word(merged[name])}" for name in keys)
    diff = difflib.unified_diff(old.splitlines(), new.splitlines(), DAEMON_FILE, DAEMON_FILE, lineterm="")
    yield Change(
        f"daemon.json {sentence}",
        (write(DAEMON_FILE, new, check=_CHECK), *told),
        _note(state, reload) if restart else "",
        tuple(diff),
    )


def _note(state: State, reload: bool) -> str:
    if reload:
        return "dockerd reads it anew"
    running = f"; {state.containers} containers stop with it unless live-restore is on" if state.containers else ""
    return f"dockerd is restarted{running}"


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _word(value: Any) -> str:
    return "unset" if value is None else json.dumps(value, ensure_ascii=False)
