"""Every row of ``tests/lab/rows`` is what the lab answers, in both encodings of wsl.exe's own text."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from wsl_laptop import Laptop
from wsl_rows import KINDS, Row, counts, expected, rows
from wsl_states import Stage, build

from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.start import Outcome, start
from pyinfra_wsl.lab.wsl import wsl


def filled(words: str, stage: Stage) -> str:
    """Put the GUIDs of the laptop's distributions where ``<D>`` stands for one."""
    assert stage.here is not None
    words = words.replace("<SID>", stage.here.person.sid)
    for name, item in stage.items.items():
        words = words.replace(f"<{name}>", item.guid.strip("{}"))
    return words


def answer(row: Row, stage: Stage, utf8: str) -> Outcome:
    """Type the row's command on its laptop."""
    here = stage.here
    assert here is not None
    program, _, line = row.command.partition(" ")
    line = filled(line, stage)
    exe = stage.exe if program == "wsl" else program

    async def tell() -> Outcome:
        session = wsl.session(here.machine, here.person)
        for name in stage.running:
            instance = await session.start(stage.items[name])
            session.hold(instance)
        token = stage.token(here)
        if program == "wsl":
            return await here.line(line, exe=exe, token=token, utf8=utf8)
        return await plain(here, exe, line, token)

    return asyncio.run(asyncio.wait_for(tell(), 20))


async def plain(here: Laptop, exe: str, line: str, token: Token | None) -> Outcome:
    """Start a program of Windows."""
    kept = {"out": b"", "err": b""}

    async def out(data: bytes) -> None:
        kept["out"] += data

    async def err(data: bytes) -> None:
        kept["err"] += data

    running = start(here.machine, token or here.token, exe, line, stdout=out, stderr=err)
    return Outcome(await running.ended(), kept["out"], kept["err"])


def encoded(lines: list[tuple[str, str]], encoding: str) -> bytes:
    """Return the bytes of lines: Windows ends them with CRLF, Linux with LF and as UTF-8."""
    return b"".join(
        f"{words}\n".encode() if of == "linux" else f"{words}\n".replace("\n", "\r\n").encode(encoding) for of, words in lines
    )


@pytest.mark.parametrize("utf8", ["", "1"], ids=["utf-16", "utf-8"])
@pytest.mark.parametrize("row", [row for row in rows() if row.program == "wsl"], ids=str)
def test_wsl_exe_answers_as_its_row_says(row, utf8):
    stage = build(row.laptop, row.release)
    encoding = "utf-8" if utf8 and row.release != "inbox" else "utf-16-le"
    out, err = expected(row, filled(row.answer, stage), stage.here.machine.culture)
    found = answer(row, stage, utf8)
    shown = (found.stdout.decode(encoding, "replace"), found.stderr.decode(encoding, "replace"), found.code)
    assert shown[2] == row.code, shown
    assert (found.stdout, found.stderr) == (encoded(out, encoding), encoded(err, encoding)), shown


@pytest.mark.parametrize("row", [row for row in rows() if row.program != "wsl"], ids=str)
def test_another_program_answers_as_its_row_says(row):
    stage = build(row.laptop, row.release)
    out, err = expected(row, filled(row.answer, stage), stage.here.machine.culture)
    found = answer(row, stage, "")
    shown = (found.stdout.decode("cp437"), found.stderr.decode("cp437"), found.code)
    assert shown[2] == row.code, shown
    assert (found.stdout, found.stderr) == (encoded(out, "cp437"), encoded(err, "cp437")), shown


def test_there_are_hundreds_of_rows_for_wsl_exe_and_few_of_them_rest_on_knowledge_alone():
    lines = {(row.file, row.line): row for row in rows() if row.program == "wsl"}.values()
    kinds = {kind: sum(row.kind == kind for row in lines) for kind in KINDS}
    assert len(lines) >= 300
    assert kinds["knowledge"] * 20 < len(lines)
    assert "wsl " in counts()


def test_no_row_is_said_twice():
    keys = [(row.command, row.laptop, row.release) for row in rows()]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


def test_the_page_about_the_lab_shows_how_many_rows_there_are():
    page = (Path(__file__).parents[2] / "docs" / "lab.md").read_text("utf-8")
    assert counts() in page, "run: python scripts/show_runs.py docs/lab.md"
