"""``pyinfra-wsl report`` as it is called."""

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from support import fleet_results

from pyinfra_wsl.cli.report import report
from pyinfra_wsl.report import grouped


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    fleet_results.write(root, 200, 4)
    return root


@pytest.fixture
def call(fleet):
    def call(*words, root=None, **environment):
        names = {"PYINFRA_WSL_RESULTS": str(root or fleet), "COLUMNS": "160", "NO_COLOR": "1"} | environment
        return CliRunner().invoke(report, list(words), env=names, catch_exceptions=False)

    return call


def test_many_hosts_are_told_by_cause(call):
    text = call().output
    assert "16 wait for user logon: nobody is at the screen" in text
    assert "HCS_E_HYPERV_NOT_INSTALLED" in text
    assert "Next: " in text
    assert "and 11 more" in text
    assert "166 of 200 converged, 22 deferred, 8 failed, 4 offline." in text
    assert len(text.splitlines()) < 50
    assert "One line for each of the 200: pyinfra-wsl report --by host" in text


@pytest.mark.parametrize(("words", "environment"), [(["--by", "host"], {}), ([], {grouped.TABLE: "host"})])
def test_a_line_for_each_can_be_asked_for(call, words, environment):
    text = call(*words, **environment).output
    assert all(f"LT-{number:04} " in text for number in range(1, 201))


def test_few_hosts_are_a_table_unless_asked(call, tmp_path):
    fleet_results.write(tmp_path, grouped.LONG)
    assert "LT-0040 " in call(root=tmp_path).output
    assert "LT-0040 " not in call("--by", "cause", root=tmp_path).output
    fleet_results.write(tmp_path, grouped.LONG + 1)
    assert "LT-0040 " not in call(root=tmp_path).output


def hosts(text):
    return {one["host"]: one for one in json.loads(text)}


def test_what_is_asked_for_is_selected(call):
    assert {one["outcome"] for one in hosts(call("--failed", "--json").stdout).values()} == {"failed", "offline"}
    assert {one["outcome"] for one in hosts(call("--deferred", "--json").stdout).values()} == {"deferred"}
    assert len(hosts(call("--failed", "--deferred", "--json").stdout)) == 34
    both = hosts(call("--group", "pilots", "--group", "finance", "--json").stdout).values()
    assert {group for one in both for group in one["groups"]} >= {"pilots", "finance"}
    assert all({"pilots", "finance"} & set(one["groups"]) for one in both)
    assert len(hosts(call("--host", "lt-001?", "--host", "LT-0100", "--json").stdout)) == 11
    assert "12 of 200 hosts: 0 of 12 converged" in call("--failed").output


def test_a_run_can_be_named(call, fleet):
    first = sorted(fleet.iterdir())[0]
    assert {one["run"]["id"] for one in hosts(call(str(first), "--json").stdout).values()} == {"00000000"}
    assert {one["run"]["id"] for one in hosts(call(str(fleet), "--json").stdout).values()} == {"00000003"}


def test_since_takes_the_newest_of_each_host(call, fleet, tmp_path):
    shutil.copytree(fleet, tmp_path / "all")
    newest = sorted((tmp_path / "all").iterdir())[-1]
    for file in list(newest.glob("*.json"))[:150]:
        file.unlink()
    found = hosts(call("--since", "2026-11-02", "--json", root=tmp_path / "all").stdout)
    assert len(found) == 200
    assert sorted({one["run"]["id"] for one in found.values()}) == ["00000002", "00000003"]
    assert "no result that can be used since 1h" in call("--since", "1h").output


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--group", "nobody"], 1, "no result is of a group nobody; there is: developers, field, finance, pilots, testers"),
        (["--host", "LT-9*"], 1, "no result is of a host LT-9*"),
        (["--since", "lunch"], 2, "'lunch' is no time; write 7d, 24h, 30m, 2026-11-21"),
        (["--since", "999999w"], 2, "is no time"),
        (["--json", "--csv"], 2, "exclude each other"),
        (["--by", "colour"], 2, "--by"),
        (["--html", "nowhere/x.html"], 1, "nowhere/x.html cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_told_is_said_in_a_line(call, words, code, says):
    done = call(*words)
    assert (done.exit_code, says in done.output) == (code, True), done.output


def test_nothing_to_tell_says_what_to_do(call, tmp_path):
    done = call(root=tmp_path)
    assert (done.exit_code, "run pyinfra INVENTORY deploy.py first" in done.output) == (1, True)


def test_damaged_results_are_said_and_skipped(call, fleet, tmp_path):
    shutil.copytree(fleet, tmp_path / "all")
    newest = sorted((tmp_path / "all").iterdir())[-1]
    (newest / "LT-0001.json").write_text("{")
    (newest / "LT-0002.json").write_text((newest / "LT-0002.json").read_text().replace("LT-0002", "\\u001b[2J"))
    done = call(root=tmp_path / "all")
    assert done.exit_code == 0
    assert "skipped: " in done.stderr
    assert f"{newest.name}/LT-0001.json" in done.stderr
    assert "of 199 converged" in done.stdout
    assert "\x1b" not in done.output
    for option in ("--json", "--csv"):
        assert "skipped" not in call(option, root=tmp_path / "all").stdout


def test_where_no_result_is_good_that_is_a_failure(call, tmp_path):
    (tmp_path / "2026-11-21T09-14-05-7f3a9c21").mkdir()
    (tmp_path / "2026-11-21T09-14-05-7f3a9c21" / "x.json").write_text("{")
    done = call(root=tmp_path)
    assert done.exit_code == 1
    assert "skipped: " in done.output
    assert "no result that can be used" in done.output


def test_the_history_of_a_host_and_of_the_fleet(call):
    text = call("--host", "LT-0001", "--history").output
    assert [line.split()[0] for line in text.splitlines() if line.startswith("2026")] == [
        f"2026-11-0{day}" for day in range(1, 5)
    ]
    fleet = call("--history").output.splitlines()
    assert fleet[-1].startswith("2026-11-04 03:00  166 of 200 converged")
    assert "22 deferred, 8 failed, 4 offline" in fleet[-1]
    assert any("of them again" in line for line in fleet)
    assert len(call("--history", "--runs", "2").output.splitlines()) == 2
    assert len(json.loads(call("--host", "LT-0001", "--history", "--json").stdout)) == 4


def test_csv_and_junit_hold_every_host(call, tmp_path):
    table = csv.DictReader(io.StringIO(call("--csv").stdout))
    assert len({row["host"] for row in table}) == 200
    done = call("--junit", str(tmp_path / "report.xml"))
    assert done.exit_code == 0
    found = ET.parse(tmp_path / "report.xml")  # noqa: S314 - written by us
    assert len(list(found.iter("testcase"))) == 200


def test_a_report_of_two_thousand_takes_little_time(tmp_path):
    fleet_results.write(tmp_path, 2000, before={"wsl": {"services": {str(one): "automatic" * 3 for one in range(300)}}})
    program = (
        "import time; import sys; from pyinfra_wsl.cli.report import report; "
        "report([sys.argv[1], '--by', 'cause'], standalone_mode=False); print(time.process_time()); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True)
    *_, seconds, modules = done.stdout.splitlines()
    assert float(seconds) < 1.5
    assert not {"pyinfra", "gevent", "jinja2", "jsonschema"} & set(modules.split())


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_what_was_changed_is_told_in_the_order_in_which_it_was(seed):
    code = """
from support import fleet_results
from pyinfra_wsl.report import grouped, summary
done = [(of, "done") for of in fleet_results.SETTINGS]
grouped.print_run([fleet_results.document("LT-1", {}, changes=done)], summary.console(), "cause")
"""
    environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[1]), "COLUMNS": "200"}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    (line,) = (one for one in run.stdout.splitlines() if one.startswith("changed on"))
    assert line.rstrip() == "changed on 1 host: " + ", ".join(f"{words} (1)" for words in fleet_results.SETTINGS.values())
