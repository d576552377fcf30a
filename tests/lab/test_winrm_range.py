"""Laptops of a lab that listen for WinRM: what a scenario file asks for, what clients are told, what is let happen."""

import asyncio
import json
import stat
import time

import pytest
import requests
from click.testing import CliRunner
from pypsrp.client import Client
from pypsrp.exceptions import WinRMTransportError, WSManFaultError
from pypsrp.powershell import RunspacePool

from pyinfra_wsl.cli.lab import lab
from pyinfra_wsl.lab.range.range import Range
from pyinfra_wsl.lab.range.state import State

FLEET = "defaults:\n  connection: {transport: ssh, user: fleet-admin}\nhosts:\n  LT-1: {}\n  LT-2: {}\n"


def live(folder, told, story):
    async def live():
        laptops = Range(State(folder), {"pace": 0.01, "laptops": told})
        await laptops.start()
        laptops.loop = asyncio.get_running_loop()
        try:
            await asyncio.to_thread(story, laptops, json.loads((folder / "lab.json").read_text())["laptops"])
        finally:
            laptops.stop()

    asyncio.run(live())


def client(one, tls=True, **more):
    told = {"username": one["user"], "password": one["password"], "cert_validation": one["ca"], "no_proxy": True, **more}
    return Client(one["host"], ssl=tls, port=one["https" if tls else "http"], reconnection_retries=0, **told)


def for_good(does):
    while True:
        does()


def test_clients_are_told_how_to_reach_a_laptop(tmp_path):
    def story(_laptops, told):
        assert "winrm" not in told["LT-2"]
        for tls in (True, False):
            with client(told["LT-1"]["winrm"], tls) as one:
                assert one.execute_cmd("hostname")[0] == "LT-1\r\n"

    live(tmp_path, {"LT-1": {"scenario": "fresh-en", "winrm": {}}, "LT-2": {"scenario": "fresh-en"}}, story)


def test_a_certificate_opens_where_a_laptop_takes_one(tmp_path):
    def story(_laptops, told):
        one = told["LT-1"]["winrm"]
        assert one["http"] is None
        file = one["certificate"]
        assert stat.S_IMODE((tmp_path / "client.pem").stat().st_mode) == 0o600
        with client(one, auth="certificate", certificate_pem=file, certificate_key_pem=file) as opened:
            assert opened.execute_cmd("whoami")[0] == "lt-1\\fleet-admin\r\n"

    asked = {"listeners": ["https"], "schemes": ["Negotiate", "Certificate"]}
    live(tmp_path, {"LT-1": {"scenario": "fresh-en", "winrm": asked}}, story)


def test_what_is_let_happen_from_outside(tmp_path):
    def story(laptops, told):
        with client(told["LT-1"]["winrm"]) as one:
            assert laptops.answer({"verb": "winrm", "laptop": "LT-1", "do": "busy", "action": "Create"})["ok"]
            with pytest.raises(WinRMTransportError) as refused:
                one.execute_cmd("hostname")
            assert refused.value.code == 503
            assert one.execute_cmd("hostname")[2] == 0
        said = laptops.answer({"verb": "winrm", "laptop": "LT-1", "do": "explode"})["message"]
        assert said.startswith("winrm.happenings.do: 'explode' is not known")
        assert "does not listen for WinRM" in laptops.answer({"verb": "winrm", "laptop": "LT-2", "do": "sleep"})["message"]
        assert laptops.answer({"verb": "status"})["laptops"]["LT-1"]["winrm"] == told["LT-1"]["winrm"]
        assert laptops.answer({"verb": "status"})["laptops"]["LT-1"]["processes"] == 2

    live(tmp_path, {"LT-1": {"scenario": "fresh-en", "winrm": {}}, "LT-2": {"scenario": "fresh-en"}}, story)


def test_a_laptop_that_is_put_into_another_scenario_keeps_its_ports_and_loses_its_shells(tmp_path):
    def story(laptops, told):
        with client(told["LT-1"]["winrm"]) as one:
            pool = RunspacePool(one.wsman)
            pool.open()
            laptops.loop.call_soon_threadsafe(laptops.answer, {"verb": "scenario", "laptop": "LT-1", "scenario": "fresh-de"})
            with pytest.raises((WSManFaultError, requests.exceptions.ConnectionError)):
                for_good(pool.shell._get_shell)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                with client(told["LT-1"]["winrm"]) as one:
                    assert one.execute_cmd("hostname")[0] == "LT-1\r\n"
                    return
            except requests.exceptions.ConnectionError:
                time.sleep(0.05)
        raise AssertionError("it did not come back")

    live(tmp_path, {"LT-1": {"scenario": "fresh-en", "winrm": {}}}, story)


@pytest.mark.parametrize(
    ("scenarios", "words"),
    [
        ("LT-1: {scenario: fresh-en, winrm: {certificate: old}}", "LT-1: winrm.certificate: 'old' is not known"),
        ("LT-1: {scenario: fresh-en, person: a b}", "LT-1: person is no name of an account"),
        ("LT-1: {scenario: fresh-en, person: }", "LT-1: person is no name of an account"),
        ("LT-1: {scenario: fresh-en, winrn: {}}", "LT-1: there is no key winrn; there are scenario, winrm and person"),
        ("LT-1: {scenario: nonsuch}", "LT-1: there is no scenario nonsuch"),
        ("LT-1: {winrm: [x]}", "LT-1: winrm: write keys and values"),
    ],
)
def test_a_scenario_file_that_is_wrong_is_told_by_laptop_and_key(tmp_path, monkeypatch, scenarios, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fleet.yml").write_text(FLEET)
    (tmp_path / "lab.yml").write_text(scenarios)
    done = CliRunner().invoke(lab, ["up", "--inventory-file", "fleet.yml", "--scenarios", "lab.yml"])
    assert done.exit_code == 1
    assert f"lab.yml: {words}" in done.output
    assert "Traceback" not in done.output


def test_an_event_that_is_none_is_a_wrong_word():
    done = CliRunner().invoke(lab, ["winrm", "LT-1", "explode"])
    assert (done.exit_code, "restart-service" in done.output) == (2, True)
