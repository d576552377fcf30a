"""Results for other programs: a table for spreadsheets, and a report as JUnit has it for continuous integration."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree as ET  # only written here

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.report.once import whose
from pyinfra_wsl.report.results import Document

_LONGEST = 10_000
_COLUMNS = (
    "host", "groups", "run", "ended", "outcome", "seconds", "requests", "restarts", "kind", "resource", "waits_for", "code",
    "text", "next",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With what a cell begins that Excel, LibreOffice or Google Sheets carries out as a formula (OWASP: CSV injection)."""


def csv_table(documents: Iterable[Document]) -> str:
    """Return one row for each thing that is told of a host, and one for a host of which nothing is; no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for one in documents:
        for told in [*_told(one)] or [("", "", "", "", "", "")]:
            writer.writerow([*_host(one), *map(_cell, told)])
    return out.getvalue()


def _host(one: Document) -> list[object]:
    run = one["run"]
    names = [one["host"], " ".join(one["groups"]), str(run.get("id", "")), run.get("ended", ""), one["outcome"]]
    return [*map(_cell, names), one["seconds"], one["requests"], one["restarts"]]


def _told(one: Document) -> Iterator[tuple[str, ...]]:
    """Yield kind, resource, what it waits for, code, text and next step."""
    for entry in one["failures"]:
        yield "failure", entry.get("resource", ""), "", entry.get("code", ""), whose(entry, entry["cause"]), entry["remedy"]
    for entry in one["deferred"]:
        text = whose(entry, f"{entry['sentence']}: {entry['reason']}")
        yield "deferred", entry.get("resource", ""), entry["waits_for"], "", text, ""
    for name in one["not_reached"]:
        yield "not reached", "", "", "", name, "run again"
    for kind, entries in (("not proved", one["not_proved"]), ("note", one["warnings"])):
        for entry in entries:
            yield kind, entry.get("resource", ""), "", "", whose(entry, entry["text"]), ""
    for entry in one["changes"]:
        yield "change", entry.get("resource", ""), "", "", whose(entry, entry["sentence"]), ""


def _cell(text: str) -> str:
    said = escape(text, _LONGEST)
    return f"'{said}" if said.lstrip().startswith(_FORMULA) else said


def junit(documents: Sequence[Document], name: str) -> bytes:
    """Return a report in JUnit's form: a case for each host, failed where it failed or was not finished, skipped where it waits.

    Args:
        documents: one per host.
        name: what is reported.

    """
    failed = sum(one["outcome"] not in ("converged", "deferred") for one in documents)
    counts = {
        "tests": str(len(documents)), "failures": str(failed), "errors": "0",
        "skipped": str(sum(one["outcome"] == "deferred" for one in documents)),
        "time": f"{sum(one['seconds'] for one in documents):.1f}",
    }  # fmt: skip
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", {"name": escape(name), **counts})
    for one in documents:
        host = {"classname": "pyinfra-wsl", "name": escape(one["host"]), "time": f"{one['seconds']:.1f}"}
        case = ET.SubElement(suite, "testcase", host)
        if one["outcome"] == "deferred":
            ET.SubElement(case, "skipped", {"message": escape(_waits(one))})
        elif one["outcome"] != "converged":
            message, lines = _failure(one)
            ET.SubElement(case, "failure", {"type": one["outcome"], "message": escape(message)}).text = lines
    ET.indent(suites)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suites, "unicode").encode() + b"\n"


def _waits(one: Document) -> str:
    return "waits for " + ", ".join(dict.fromkeys(entry["waits_for"] for entry in one["deferred"]))


def _failure(one: Document) -> tuple[str, str]:
    """Return what to say of a host that is neither converged nor waits: in a line, and all of it."""
    lines = []
    for entry in one["failures"]:
        lines += [escape(entry["cause"]), *([f"Next: {escape(entry['remedy'])}"] if entry["remedy"] else [])]
    lines += [f"not reached: {escape(name)}" for name in one["not_reached"]]
    return (lines[0] if lines else one["outcome"]), "\n".join(lines)
