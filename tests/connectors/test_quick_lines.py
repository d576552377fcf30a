"""What stands in for pyinfra's way to say a line says the same, to whom it says it."""

import io
import logging
import subprocess
import sys

import click
import pyinfra
import pytest
from pyinfra.api import output

from pyinfra_wsl.connectors import quick_lines


class Terminal(io.StringIO):
    def isatty(self):
        return True


LINES = ["", "as it is", "\x1b[1mbold\x1b[0m", "[LT-1] \x1b[36mNo changes\x1b[0m", "é 汉 \udc80", "two\nlines"]


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
@pytest.mark.parametrize("color", [None, True, False])
@pytest.mark.parametrize("line", LINES, ids=ascii)
def test_a_line_is_shown_as_click_shows_it(monkeypatch, stream, color, line):
    def told(say):
        monkeypatch.setattr(sys, "stderr", found := stream())
        with click.Context(click.Command("one")) as context:
            context.color = color
            say(line)
        return found.getvalue()

    assert told(quick_lines.say) == told(lambda text: click.echo(text, err=True))


def test_where_nobody_can_be_told_nothing_is_said(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    quick_lines.say("nothing")


@pytest.mark.parametrize(("text", "how", "more"), [
    ("a", (), {}), ("a", ("red",), {}), ("a", (), {"bold": True}), ("a", (), {"fg": (1, 2, 3)}), ("a", (), {"fg": [1, 2, 3]}),
    (1, (), {}), (True, (), {}),
], ids=str)  # fmt: skip
def test_a_style_is_clicks(text, how, more):
    styled = quick_lines._once(click.style)
    assert styled(text, *how, **more) == styled(text, *how, **more) == click.style(text, *how, **more)
    assert [styled(one) for one in (1, True, 1.0)] == [click.style(one) for one in (1, True, 1.0)]


def test_a_style_that_is_none_is_refused_as_click_does_it():
    for style in (click.style, quick_lines._once(click.style)):
        with pytest.raises(ValueError, match="nocolour"):
            style("a", "nocolour")


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
def test_where_a_line_was_said_is_known_where_it_is_shown(monkeypatch, level):
    found = []
    monkeypatch.setattr(
        pyinfra.logger, "findCaller", quick_lines._caller(type(pyinfra.logger).findCaller.__get__(pyinfra.logger))
    )
    monkeypatch.setattr(pyinfra.logger, "handle", found.append)
    monkeypatch.setattr(pyinfra.logger, "level", level)
    pyinfra.logger.manager.disable = 0
    pyinfra.logger._cache.clear()
    pyinfra.logger.warning("one")
    assert (found[0].pathname == __file__) == (level == logging.DEBUG), found[0].pathname


@pytest.mark.parametrize("more", [[], ["--debug"]], ids=["usual", "debug"])
def test_pyinfras_own_command_says_the_same_with_it_and_without(tmp_path, more):
    (tmp_path / "deploy.py").write_text(
        "from pyinfra import host, logger\nlogger.warning('of %s', host.name)\nhost.log('said')\n"
    )
    code = "{}\nfrom pyinfra_cli.main import main\nmain()"
    ours = "from pyinfra_cli import log\nfrom pyinfra_wsl.connectors import quick_lines\nquick_lines.use()"

    def told(before):
        words = [sys.executable, "-c", code.format(before), "@local", "deploy.py", "-y", *more]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
        return [line for line in done.stderr.splitlines() if "of @local" in line or "said" in line]

    assert told("") == told(ours) != []


def test_it_is_in_place_where_pyinfras_command_line_runs():
    code = (
        "from pyinfra_cli import log, main\nimport click\nfrom pyinfra.api import output\noutput.set_formatter(click.style)\n"
        "import pyinfra_wsl.connectors.ssh\nprint(log.LogHandler.emit.__module__, output._format_text is click.style)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["pyinfra_wsl.connectors.quick_lines", "False"]
    assert output.format_text("a", "red") in {"a", click.style("a", "red")}
