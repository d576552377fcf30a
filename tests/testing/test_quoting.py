"""Arguments through cmd.exe and PowerShell: each arrives as it is or is refused, and nothing else happens."""

import asyncio
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyinfra_wsl.lab.assembly import assemble
from pyinfra_wsl.lab.exe import PROGRAMS
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.start import start
from pyinfra_wsl.testing import quoting

SIGNS = "abz019 \t\"'%^&|<>()!,;=@`$*?[]{}~#-_/\\:.äß😀\n\r\0\x7f"
WORDS = [
    "%USERNAME%",
    "%PYINFRA_QUOTE%",
    "&ver",
    "|more",
    ">pwned.txt",
    '"',
    "\\",
    "^",
    "%",
    "!X!",
    "2",
    "^^",
    '\\"',
    "%~d0",
    "%1",
]
ARGUMENT = st.one_of(st.text(SIGNS, max_size=12), st.text(max_size=8), st.lists(st.sampled_from([*WORDS, "a", " "])).map("".join))
TEMPLATES = [
    "show.exe %s", "show.exe x %s y", "show.exe --name=%s", 'show.exe "in %s"', "show.exe %s>nul", "show.exe 100%% %s",
    "show.exe %%USERNAME%%%s", "show.exe ^%s", "show.exe C:\\dir\\%s", "show %s", "show.exe a& show.exe %s", "show.exe %s | more",
    "echo x | show.exe %s", "show.exe %%nothing%%%s", '"C:\\Windows\\System32\\show.exe" %s', "show.exe %s&show.exe %s",
    "cd C:\\ && show.exe %s", 'show.exe "%s" %s', "show.exe \"x\" '%s'", 'show.exe %s"x"',
]  # fmt: skip
AROUND = {'"in %s"': "in {}", "--name=%s": "--name={}", "C:\\dir\\%s": "C:\\dir\\{}", "'%s'": "'{}'", '%s"x"': "{}x"}


class Witness:
    """A laptop that notes what is started on it and with which arguments."""

    def __init__(self, monkeypatch):
        self.seen, self.started = [], []
        monkeypatch.setitem(PROGRAMS, "show.exe", self._show)
        self.machine = assemble(Machine("LT-LAB", pace=0.0005))
        self.machine.files.write(r"C:\Windows\System32\show.exe", windows.PROGRAM_IMAGE)
        self.token = Token(self.machine.account("fleet-admin"))
        add = self.machine.processes.add
        monkeypatch.setattr(self.machine.processes, "add", lambda exe, *rest: self.started.append(exe) or add(exe, *rest))

    async def _show(self, inv):
        self.seen.append(inv.arguments)
        return 0

    def files(self):
        todo, found = list(self.machine.files.roots.values()), []
        while todo:
            node = todo.pop()
            found.append((node.path, node.size))
            todo += (node.children or {}).values()
        return sorted(found)

    def run(self, line):
        """Carry out a line as the backend does, through the agent's own quoting."""
        self.seen, self.started = [], []

        async def live():
            words = ("/d", "/v:off", "/s", "/c", f"{line.text} ")
            return await start(self.machine, self.token, "cmd.exe", words, environment=dict(line.environment)).ended()

        return asyncio.run(live())


@pytest.fixture(scope="module")
def witness():
    with pytest.MonkeyPatch.context() as patch:
        yield Witness(patch)


@pytest.mark.parametrize("template", TEMPLATES)
def test_an_argument_arrives_as_it_is_or_is_refused_and_nothing_else_happens(witness, template):
    before = witness.files()
    places = len(re.findall("(?<!%)%s", template.replace("%%", "")))
    taken = []

    @given(st.lists(ARGUMENT, min_size=places, max_size=places))
    @example(["a>pwned.txt"] * places)
    @example(["a&ver"] * places)
    @example(["%USERNAME%"] * places)
    @example(['"&ver&"'] * places)
    @example(['\\"&ver'] * places)
    @example(["2"] * places)
    @example([""] * places)
    @example(["\\"] * places)
    def hold(args):
        try:
            line = quoting.cmd(template, args)
        except quoting.RefusedError:
            return
        taken.append(args)
        witness.run(line)
        names = {path.rpartition("\\")[2] for path in witness.started}
        assert names <= {"cmd.exe", "show.exe", "more.exe", "more.com"}
        assert sum("show.exe" in path for path in witness.started) == template.count("show")
        arrived = [argument for arguments in witness.seen for argument in arguments]
        for arg in args:
            form = next((form for sign, form in AROUND.items() if sign in template), "{}")
            assert any(one in arrived for one in (form.format(arg), arg, f"%nothing%{arg}", f"fleet-admin{arg}")), (arrived, line)
        assert witness.files() == before
        assert not witness.machine.complaints

    hold()
    assert taken or "^%s" in template


@pytest.mark.parametrize(
    ("command", "args", "why"),
    [
        ("show.exe %s", ["a\nver"], "no line holds a line's end"),
        ("show.exe %s", ["a\0"], "no line holds"),
        ("show.exe %s", ["\ud800"], "half a character"),
        ("show %s", ['a"b'], "name the program with its suffix"),
        ("npm.cmd run %s", ["%PATH%"], "reads it twice"),
        ("call show.exe %s", ["^"], "reads it twice"),
        ("echo %s | more", ["%PATH%"], "reads it twice"),
        ('show.exe "%s"', ['a"b'], "without quotes around it"),
        ('show.exe "%s"', ["a\\ ", "b"], "1 places for 2 arguments"),
        ("show.exe C:\\%s", ["a b"], "let %s be the whole word"),
        ("show.exe %s%s", ["a b", "c d"], "let %s be the whole word"),
        ('show.exe %s"x"', ["a b"], "let %s be the whole word"),
        ("show.exe ^%s", ["a b"], "a caret stands before it"),
        ("for %%I in (a) do show.exe %s", ["%I"], "take a percent sign for its variable"),
        ("show.exe %s", ["x" * 9000], "longer than cmd.exe takes"),
    ],
)
def test_what_no_quoting_carries_is_refused_with_the_way_that_works(command, args, why):
    with pytest.raises(quoting.RefusedError, match=re.escape(why)):
        quoting.cmd(command, args)


@pytest.mark.parametrize(
    ("command", "args", "script"),
    [
        ("show.exe %s", ["C:\\a b"], "show.exe 'C:\\a b'"),
        ("show.exe %s", ["it's; $x `n \u2019"], "show.exe 'it''s; $x `n \u2019\u2019'"),
        ("show.exe '%s'", ["plain"], "show.exe 'plain'"),
        ("show.exe 100%% %s", ["%PATH%"], "show.exe 100% '%PATH%'"),
    ],
)
def test_powershell_gets_single_quotes(command, args, script):
    assert quoting.powershell(command, args).text == script


@pytest.mark.parametrize(
    ("command", "args"),
    [("show.exe %s", ['a"b']), ("show.exe %s", [""]), ("show.exe %s", ["a b\\"]), ("show.exe '%s'", ["a'b"]), ('x "%s"', ["$y"])],
)
def test_what_powershell_would_change_is_refused(command, args):
    with pytest.raises(quoting.RefusedError):
        quoting.powershell(command, args)


@given(st.text(max_size=20))
def test_a_string_of_powershells_ends_where_it_should(arg):
    try:
        script = quoting.powershell("show.exe %s", [arg]).text
    except quoting.RefusedError:
        return
    inside = script.removeprefix("show.exe '").removesuffix("'")
    quotes = "['\u2018\u2019\u201a\u201b]"
    assert not re.search(quotes, re.sub(f"({quotes})\\1", "", inside))
    assert re.sub(f"({quotes})\\1", r"\1", inside) == arg


def test_a_line_without_arguments_is_its_authors(witness):
    line = quoting.cmd('show.exe "%USERNAME% 100%" %s', [])
    witness.run(line)
    assert witness.seen == [["fleet-admin 100%", "%s"]]
