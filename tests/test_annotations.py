"""Problems of a fleet file as annotations, as GitHub reads them."""

import re

import pytest
from click.testing import CliRunner

from pyinfra_wsl.cli.main import main
from pyinfra_wsl.cli.problems import annotation

WRONG = "defaults: {hypervisor: {launch: of}}\nhosts: [LT-1]\n"
OPEN = "defaults: {reboot: {policy: never}, hypervisor: {launch: auto}}\nhosts: {LT-1: {}}\n"


def parsed(line):
    """Return what GitHub's runner makes of a line (actions/runner, ActionCommand.cs): kind, properties and message."""
    kind, properties, message = re.fullmatch(r"::(\w+)(?: ([^:]*))?::(.*)", line).groups()

    def plain(text, codes):
        for code, one in codes:
            text = text.replace(code, one)
        return text

    data = [("%0D", "\r"), ("%0A", "\n"), ("%25", "%")]
    given = dict(one.split("=", 1) for one in (properties or "").split(",") if one)
    return kind, {k: plain(v, [("%3A", ":"), ("%2C", ","), *data]) for k, v in given.items()}, plain(message, data)


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)

    def run(text, *options, file="fleet.yml", **environment):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
        return CliRunner().invoke(main, ["validate", file, *options], env=environment)

    return run


@pytest.mark.parametrize(("options", "environment"), [(("--format", "github"), {}), ((), {"GITHUB_ACTIONS": "true"})])
def test_errors_become_annotations_of_their_lines(call, options, environment):
    done = call(WRONG, *options, **environment)
    assert done.exit_code == 1
    first, second = (parsed(line) for line in done.stdout.splitlines())
    assert first[:2] == ("error", {"file": "fleet.yml", "line": "1"})
    assert first[2] == "defaults.hypervisor.launch: 'of' is not one of auto, off; did you mean off?"
    assert second[:2] == ("error", {"file": "fleet.yml", "line": "2"})
    assert done.stderr == "fleet.yml: 2 errors\n"


def test_notes_become_notices_and_no_errors(call):
    done = call(OPEN, GITHUB_ACTIONS="true")
    assert done.exit_code == 0
    notice = parsed(done.stdout.splitlines()[0])
    assert notice[:2] == ("notice", {"file": "fleet.yml", "line": "1"})
    assert notice[2].startswith("defaults.hypervisor.launch: is open with")


def test_people_get_lines_also_in_github_actions_where_they_ask(call):
    for options, environment in (((), {}), (("--format", "text"), {"GITHUB_ACTIONS": "true"}), ((), {"GITHUB_ACTIONS": "false"})):
        done = call(WRONG, *options, **environment)
        assert "::" not in done.output
        assert "fleet.yml:1: defaults.hypervisor.launch" in done.stderr


def test_the_path_is_the_repositorys(call, tmp_path):
    done = call(WRONG, GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(tmp_path.parent))
    assert parsed(done.stdout.splitlines()[0])[1]["file"] == f"{tmp_path.name}/fleet.yml"


@pytest.mark.parametrize(
    "problem", ["a, b/f:l,eet.yml:3: 100 %0A of it", "fleet.yml: cannot be read", "nothing of a place", "f.yml:7: a\nb: c::d"]
)
def test_whatever_stands_in_a_problem_stays_in_its_message(problem):
    kind, properties, message = parsed(annotation("error", problem))
    assert kind == "error"
    place = properties.get("file", "") + (f":{properties['line']}" if "line" in properties else "")
    assert (f"{place}: {message}" if place else message) == problem
    assert "\n" not in annotation("error", problem)
