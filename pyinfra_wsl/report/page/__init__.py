"""One page for a browser that holds all it needs: no network, no server, and nothing that is said on it gives orders."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Any
from urllib.parse import quote

import jinja2

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.report import causes, course, history, reading
from pyinfra_wsl.report.causes import Cause
from pyinfra_wsl.report.page import blocks, compliance
from pyinfra_wsl.report.page.blocks import Runs
from pyinfra_wsl.report.results import Document

_LISTED = 5
_PROBLEMS = 20
_MARKS: Mapping[str, str] = {
    "converged": "ok", "as declared": "ok", "deferred": "waits", "waits": "waits", "failed": "failed", "offline": "offline",
    "changed": "changed", "unfinished": "open", "not looked at": "open", "not known": "open", "at work": "changed", "due": "open",
    "given up": "failed", "waiting": "open",
}  # fmt: skip
"""How outcomes and states look: the names of their symbols and colours."""


def made(
    documents: Sequence[Document], runs: Runs, where: str, problems: Sequence[str] = (), rollouts: Sequence[course.Course] = ()
) -> bytes:
    """Return the page.

    Args:
        documents: one per host, by host name.
        runs: whole runs, the oldest first, for what came before.
        where: where the results lie.
        problems: what of them could not be used.
        rollouts: of which these are results, the newest first.

    """
    parts = _parts(documents)
    numbered = [cause for _, _, found in parts for _, cause in found]
    points = history.points(runs)
    settings = compliance.by_setting(documents)
    keys, of_groups = compliance.keys(documents)
    counts = Counter(one["outcome"] for one in documents)
    style, script = _file("page.css") + (_file("rollout.css") if rollouts else ""), _file("page.js")
    text = _template().render(
        style=style,
        script=script,
        policy=_policy(style, script),
        index=blocks.embedded(blocks.index(documents, numbered)),
        packed=list(blocks.packed(documents, runs)),
        parts=parts,
        counts=counts,
        outcomes=[(name, counts[name]) for name in reading.OUTCOMES if counts[name]],
        total=len(documents),
        settings=settings,
        states=[(name, blocks.STATES[name]) for name in compliance.STATES if any(row.counts[name] for row in settings)],
        groups=compliance.by_group(documents),
        both=compliance.by_both(documents),
        keys=keys,
        key_states=[name for name in compliance.STATES if any(row.counts[name] for row in keys)],
        of_groups=of_groups,
        points=points,
        seen=[name for name in reading.OUTCOMES if any(point.outcomes[name] for point in points)],
        about=_about(documents, where),
        rollouts=rollouts,
        problems=problems[:_PROBLEMS],
        left_out=max(len(problems) - _PROBLEMS, 0),
        STATES=compliance.STATES,
        OUTCOMES=reading.OUTCOMES,
        MARKS=_MARKS,
        LISTED=_LISTED,
    )
    return text.encode()


def _parts(documents: Sequence[Document]) -> list[tuple[str, str, list[tuple[int, Cause]]]]:
    """Return what is so on which hosts, numbered, under its headings and as how bad it is."""
    offline = [one for one in documents if one["outcome"] == "offline"]
    answered = [one for one in documents if one["outcome"] != "offline"]
    found = (
        ("Failed", "failed", causes.failures(answered)),
        ("Offline", "offline", causes.failures(offline)),
        ("Not finished", "open", causes.unfinished(documents)),
        ("Waiting", "waits", causes.waits(documents)),
        ("Not tried, since it needs what failed", "open", causes.held(documents)),
        ("Set, but not proved", "open", causes.unproved(documents)),
        ("Notes", "open", causes.notes(documents)),
    )
    numbers = count()
    return [(title, kind, [(next(numbers), cause) for cause in some]) for title, kind, some in found]


def _about(documents: Sequence[Document], where: str) -> dict[str, Any]:
    """Return what stands in the page's head: when, by whom, and of how many runs."""
    ended = [when for when in map(reading.ended, documents) if when]
    holders = Counter(str(one["run"].get("holder", "")) for one in documents)
    return {
        "where": where,
        "first": min(ended, default=None),
        "last": max(ended, default=None),
        "holder": next(iter(holders)) if len(holders) == 1 else "",
        "runs": len({str(one["run"].get("id", "")) for one in documents}),
        "made": datetime.now(UTC),
        "seconds": sum(one["seconds"] for one in documents),
        "changed": sum(bool(one["changes"]) for one in documents),
    }


def _policy(style: str, script: str) -> str:
    """Return what a browser lets this page do: its own style and script, by their sums, and nothing else."""
    return (
        f"default-src 'none'; style-src '{_sum(style)}'; script-src '{_sum(script)}'; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _sum(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _file(name: str) -> str:
    return (files(__name__) / name).read_text("utf-8")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_file), undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["shown"] = escape  # no markup, but what turns lines around and the like
    environment.filters["part"] = lambda text: quote(text, safe="")
    return environment.get_template("page.html.j2")
