"""What stands in for pyinfra's way to say a line says the same, to whom it says it."""

import io
import logging
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

import click
import pyinfra
import pytest
from pyinfra.api import output

from pyinfra_wsl.connectors import quick_lines

# As a module alone: its package puts greenlets in the place of all that waits.
_SPEC = spec_from_file_location("log_of_pyinfra", Path(pyinfra.__file__).parent.parent / "pyinfra_cli" / "log.py")
log = module_from_spec(_SPEC)
_SPEC.loader.exec_module(log)


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


@pytest.mark.parametrize("more", [[], ["-v"], ["--debug"]], ids=["usual", "more", "debug"])
def test_pyinfras_own_command_says_the_same_with_it_and_without(tmp_path, more):
    (tmp_path / "deploy.py").write_text(
        "from pyinfra import host, logger\nlogger.warning('of %s', host.name)\nhost.log('said')\n"
        "logger.info('said of it')\nlogger.info('said of %s', host.name)\nlogger.info('said --> it')\nlogger.info(['said'])\n"
        "host.noop('said so')\nhost.nested_executing_op_hash = 'a'\nhost.log('said nested')\nhost.noop('said so too')\n"
    )
    code = "{}\nfrom pyinfra_cli.main import main\nmain()"
    ours = "from pyinfra_cli import log\nfrom pyinfra_wsl.connectors import quick_lines\nquick_lines.use()"

    def told(before):
        words = [sys.executable, "-c", code.format(before), "@local", "deploy.py", "-y", *more]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
        return [line for line in done.stderr.splitlines() if "of @local" in line or "said" in line]

    assert told("") == told(ours) != []
    assert len(told(ours)) == 7 + 2 * bool(more)


def test_it_is_in_place_where_pyinfras_command_line_runs():
    code = (
        "from pyinfra_cli import log, main\nimport click\nfrom pyinfra.api import output\noutput.set_formatter(click.style)\n"
        "import pyinfra_wsl.connectors.ssh\nprint(log.LogHandler.emit.__module__, output._format_text is click.style)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["pyinfra_wsl.connectors.quick_lines", "False"]
    assert output.format_text("a", "red") in {"a", click.style("a", "red")}


@pytest.fixture
def loud(monkeypatch):
    """Return what pyinfra's handler and one more have shown: each way says its lines by the function that it is given."""
    logger = logging.Logger("one")
    monkeypatch.setattr(pyinfra, "logger", logger)
    monkeypatch.setattr(log.LogHandler, "emit", quick_lines.emit)

    def told(say, arrange):
        logger.handlers.clear()
        logger.filters.clear()
        logger.propagate, logger.disabled = False, False
        logger.setLevel(logging.INFO)
        handler, other = log.LogHandler(), logging.StreamHandler(heard := io.StringIO())
        handler.setFormatter(log.LogFormatter())
        logger.addHandler(handler)
        other.setFormatter(logging.Formatter("%(levelname)s %(message)s %(filename)s %(funcName)s"))
        monkeypatch.setattr(sys, "stderr", found := io.StringIO())
        arrange(logger, handler, other)
        say(logger)
        return found.getvalue(), heard.getvalue()

    return told


ARRANGED = {
    "as it comes": lambda *_: None,
    "with another handler": lambda logger, _, other: logger.addHandler(other),
    "with another handler alone": lambda logger, _, other: setattr(logger, "handlers", [other]),
    "with none": lambda logger, *_: logger.handlers.clear(),
    "with a filter": lambda logger, *_: logger.addFilter(lambda record: "not" not in str(record.msg)),
    "with a filter of the handler": lambda _, handler, __: handler.addFilter(lambda record: "not" not in str(record.msg)),
    "with a higher level": lambda logger, *_: logger.setLevel(logging.WARNING),
    "with a higher level of the handler": lambda _, handler, __: handler.setLevel(logging.WARNING),
    "with another formatter": lambda _, handler, __: handler.setFormatter(logging.Formatter("%(message)s %(filename)s")),
    "handed on": lambda logger, _, other: (setattr(logger, "parent", logging.Logger("above")), setattr(logger, "propagate", True),
                                           logger.parent.addHandler(other)),
    "switched off": lambda logger, *_: setattr(logger, "disabled", True),
}  # fmt: skip

SILENT = "with none", "with a higher level", "with a higher level of the handler", "switched off"


@pytest.mark.parametrize("arranged", ARRANGED)
def test_what_is_told_is_told_to_all_who_are_to_hear_it(loud, arranged):
    def say(info):
        for line in LINES:
            info(line)
        info("--> a header")
        info("--> another")
        info("not")
        info("100 % is no value")
        info("%s and %d", "one", 2)
        info("%(one)s", {"one": 1})
        info(["no", "text"])
        info("more", extra={"one": 1})
        info("where", stacklevel=1)
        info("wrong %d", "one") if arranged == "with none" else None

    usual = loud(lambda logger: say(logger.info), ARRANGED[arranged])
    ours = loud(lambda logger: say(quick_lines._informer(logger.info, log)), ARRANGED[arranged])
    assert ours == usual
    assert any(usual) == (arranged not in SILENT)


def test_a_line_that_cannot_be_shown_is_told_of_as_logging_does_it(loud, monkeypatch):
    monkeypatch.setattr(log.LogFormatter, "format", lambda *_: 1 / 0)
    found = loud(lambda logger: quick_lines._informer(logger.info, log)("one"), lambda *_: None)
    assert "ZeroDivisionError" in found[0]


def test_the_line_takes_no_record_where_pyinfras_handler_alone_hears_it(loud, monkeypatch):
    monkeypatch.setattr(logging, "LogRecord", None)
    found = loud(lambda logger: quick_lines._informer(logger.info, log)("one"), lambda *_: None)
    assert found == ("    one\n", "")


@pytest.mark.parametrize("nested", [None, "op"])
@pytest.mark.parametrize("formatter", [click.style, lambda text, *_, **__: f"<{text}>"], ids=["click's", "another"])
def test_what_stands_before_a_hosts_lines_is_pyinfras(monkeypatch, nested, formatter):
    style = quick_lines._once(click.style)
    monkeypatch.setattr(output, "_format_text", style if formatter is click.style else formatter)
    prefix = quick_lines._prefixed(style)
    for name, padding in (("a", " "), ("b", ""), ("a", "  "), ("a", " ")):
        host = SimpleNamespace(name=name, print_prefix_padding=padding, nested_executing_op_hash=nested)
        assert prefix(host) == quick_lines._PREFIX.fget(host)


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
def test_why_there_is_nothing_to_do_is_told_where_pyinfra_tells_it(monkeypatch, shown, level):
    logger, found = logging.Logger("one", level), []
    logger.handle = lambda record: found.append((record.levelno, record.getMessage()))
    monkeypatch.setattr(pyinfra, "logger", logger)
    monkeypatch.setattr("pyinfra.api.host.logger", logger)
    host = SimpleNamespace(state=SimpleNamespace(print_noop_info=shown), print_prefix="[a] ")
    for noop in (quick_lines.noop, quick_lines._NOOP):
        noop(host, "so it is")
    once = [(logging.INFO if shown else logging.DEBUG, "[a] noop: so it is")]
    assert found == (once * 2 if shown or level == logging.DEBUG else [])
