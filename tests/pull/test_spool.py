"""Documents wait on the laptop, arrive once, the oldest first, and never fill it up."""

import json
from datetime import timedelta

import pytest
from published import NOW
from server import of_folder, serving

from pyinfra_wsl.pull import spool as spools
from pyinfra_wsl.pull.fetch import Place
from pyinfra_wsl.pull.spool import Spool


@pytest.fixture
def spool(at):
    return Spool(at.home / "results")


def fill(spool, count, **more):
    for number in range(count):
        document = {"outcome": "converged", "changes": [], "number": number, **more}
        spool.write(spool.name(f"{number:08x}", NOW + timedelta(hours=number)), document)


def test_after_thirty_runs_without_a_server_all_arrive_once_the_oldest_first(at, spool):
    fill(spool, 30)
    at.set(results={"to": "http://127.0.0.1:9/back"})
    assert "refused" in spool.hand_back(Place(at.settings.to, at.settings, 1), "LT-1")
    assert len(spool.waiting()) == 30
    back = at.folder / "back"
    handler = of_folder(back)
    handler.fail_after = 1  # the first is stored, and answered as if it were not
    with serving(handler) as server:
        place = Place(f"http://127.0.0.1:{server.server_port}", at.settings, 5)
        assert "500" in spool.hand_back(place, "LT-1")
        assert spool.hand_back(place, "LT-1") == ""
        assert len(server.asked) == 31
        assert server.asked[1:] == sorted(server.asked[1:])
    found = sorted((back / "LT-1").glob("*.json"))
    assert [json.loads(one.read_bytes())["number"] for one in found] == list(range(30))
    assert spool.waiting() == []
    assert spool.newest()["number"] == 29


def test_what_tells_least_goes_first_where_there_is_too_much(at, spool, monkeypatch):
    monkeypatch.setattr(spools, "MOST", 5)
    assert at.home
    fill(spool, 3, outcome="failed")
    for number in range(3, 9):
        spool.write(spool.name(f"{number:08x}", NOW + timedelta(hours=number)), {"outcome": "converged", "changes": []})
    spool.tidy()
    outcomes = [json.loads(one.read_bytes())["outcome"] for one in spool.waiting()]
    assert outcomes == ["failed"] * 3 + ["converged"] * 2
    monkeypatch.setattr(spools, "LARGEST", 10)
    spool.tidy()
    assert spool.waiting() == []


def test_a_damaged_document_is_handed_back_and_hides_none(at, spool):
    fill(spool, 1)
    (spool.folder / "2027-01-01T00-00-00-000000-zz.json").write_bytes(b"{")
    assert spool.newest()["number"] == 0
    assert spool.hand_back(Place(str(at.folder / "back"), at.settings, 5), "LT-1") == ""
