"""What a run notes for its report: groups, what is declared as far as it came to it, and the table by cause."""

import pytest
import yaml
from stage import BIN


@pytest.fixture(scope="module")
def here(make_stage):
    rehearsal = make_stage(LT_DONE="converged", LT_AWAY="user-logged-off", LT_POLICY="policy-locked", LT_OFF="offline")
    path = rehearsal.folder / "inventory" / "fleet.yml"
    fleet = yaml.safe_load(path.read_text())
    fleet["groups"] = {"desks": {}, "field": {}, **fleet.get("groups", {})}
    fleet["hosts"]["LT-DONE"]["groups"] = [*fleet["hosts"]["LT-DONE"].get("groups", []), "field", "desks"]
    path.write_text(yaml.safe_dump(fleet, sort_keys=False))
    rehearsal.done = rehearsal.converge(PYINFRA_WSL_TABLE="cause")
    return rehearsal


def test_a_result_knows_its_hosts_groups(here):
    found = here.results()
    assert set(found["LT-DONE"]["groups"]) >= {"desks", "field"}
    assert not set(found["LT-AWAY"]["groups"]) & {"desks", "field"}
    assert not {group for one in found.values() for group in one["groups"]} & {"all", "lab"}, "of these everybody is one"


def test_a_result_knows_what_was_declared_as_far_as_the_run_came_to_it(here):
    found = here.results()
    done = found["LT-DONE"]["resources"]
    assert done["wslconfig"].items() >= {"words": ".wslconfig", "known": True}.items()
    assert "wslconfig.wsl2.memory" in done["wslconfig"]["settings"], "what is declared is told key by key"
    assert all(one["known"] for one in done.values())
    assert found["LT-OFF"]["resources"] == {}


def test_the_table_can_be_told_by_cause(here):
    text = here.done.stdout + here.done.stderr
    assert "1 waits for user logon: nobody is at the screen" in text
    assert "\noffline\n" in text.replace(" ", "")
    assert "1 of 4 converged" in text


def test_the_report_selects_by_group_and_writes_a_page(here):
    done = here.call(BIN / "pyinfra-wsl", "report", "--group", "field", "--html", "fleet.html")
    assert done.returncode == 0, done.stderr
    assert "1 of 4 hosts: 1 of 1 converged" in done.stdout
    page = (here.folder / "fleet.html").read_text()
    assert "LT-DONE" in page
    assert "LT-AWAY" not in page
