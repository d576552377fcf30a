"""Docker Desktop's settings and licence, planned and carried out on a simulated laptop."""

from dataclasses import replace

import pytest
from support.docker_settings import LEGACY, LICENCE, STORE, edit, only_failure, plan, read
from support.lab_laptop import LabLaptop
from support.laptops import wanted

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.formats import docker_settings
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.resources.docker_desktop import setup
from pyinfra_wsl.resources.docker_desktop.file import File
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE
from pyinfra_wsl.resources.docker_desktop.state import State


@pytest.fixture
def lab_laptop():
    lab_laptop = LabLaptop()
    lab_laptop.docker()
    return lab_laptop


# --- settings ---


def test_a_difference_is_written_and_nothing_else_changes(lab_laptop):
    before = read(lab_laptop)
    planned = plan(lab_laptop, settings={"AutoStart": True, "UseResourceSaver": True})
    assert lab_laptop.sentences(planned) == ["Docker Desktop: AutoStart: false → true"]
    assert planned.steps[0].note == "works when Docker Desktop next starts"
    assert planned.steps[0].diff == ("-AutoStart: false", "+AutoStart: true")
    lab_laptop.carry_out(planned)
    assert read(lab_laptop) == before | {"AutoStart": True}
    assert plan(lab_laptop, settings={"AutoStart": True}).steps == ()


def test_an_absent_key_has_its_default_and_is_no_change(lab_laptop):
    assert "AnalyticsEnabled" not in read(lab_laptop)
    assert plan(lab_laptop, settings={"AnalyticsEnabled": True, "AutoStart": False, "SwapMiB": 1024}).steps == ()


def test_a_default_that_nobody_knows_is_written(lab_laptop):
    lab_laptop.carry_out(plan(lab_laptop, settings={"UseContainerdSnapshotter": True}))
    assert read(lab_laptop)["UseContainerdSnapshotter"] is True


def test_true_is_not_1_and_two_spellings_are_both_set(lab_laptop):
    edit(lab_laptop, AutoStart=1, autoStart=True)
    lab_laptop.carry_out(plan(lab_laptop, settings={"AutoStart": True}))
    assert (read(lab_laptop)["AutoStart"], read(lab_laptop)["autoStart"]) == (True, True)


def test_a_key_that_nobody_knows_is_written_as_declared_and_noted(lab_laptop):
    planned = plan(lab_laptop, settings={"BrandNewKey": {"a": [1]}})
    assert any("BrandNewKey is in no documentation" in one for one in planned.warnings)
    lab_laptop.carry_out(planned)
    assert read(lab_laptop)["BrandNewKey"] == {"a": [1]}


def test_what_is_almost_a_known_key_is_asked_about(lab_laptop):
    (note,) = plan(lab_laptop, settings={"AutoStrat": True}).warnings
    assert note.endswith("did you mean AutoStart?")


def test_the_older_generation_has_the_older_names(lab_laptop):
    lab_laptop.docker("4.30.0")
    want = {"AutoStart": True, "OverrideProxyHTTP": "http://p:3128"}
    lab_laptop.carry_out(plan(lab_laptop, settings=want))
    assert read(lab_laptop, LEGACY)["autoStart"] is True
    assert read(lab_laptop, LEGACY)["overrideProxyHttp"] == "http://p:3128"
    assert plan(lab_laptop, settings=want).steps == ()


@pytest.mark.parametrize("name", ["Cpus", "MemoryMiB", "SwapMiB"])
def test_what_the_wsl_engine_ignores_is_said_with_the_place_where_it_belongs(lab_laptop, name):
    (note,) = plan(lab_laptop, backend="wsl-2", settings={name: 4096}).warnings
    assert note.startswith(f"settings.{name} is ignored by the WSL 2 engine")
    assert "wslconfig: {wsl2:" in note


def test_proxies_without_their_mode_are_noted(lab_laptop):
    want = {"OverrideProxyHTTP": "http://p:3128"}
    assert any("ProxyHTTPMode: manual" in one for one in plan(lab_laptop, settings=want).warnings)
    assert plan(lab_laptop, settings=want | {"ProxyHTTPMode": "manual"}).warnings == ()


def test_what_stands_in_the_file_of_a_proxy_is_not_shown(lab_laptop):
    edit(lab_laptop, OverrideProxyHTTP="http://ada:pw@proxy:1")
    seen = lab_laptop.look()
    planned = plan(lab_laptop, seen, settings={"OverrideProxyHTTP": "http://p:3128"})
    shown = repr((RESOURCE.show(seen.of(State)), planned.steps[0].said, planned.steps[0].diff, seen.of(State)))
    assert "pw" not in shown
    lab_laptop.carry_out(planned)
    assert read(lab_laptop)["OverrideProxyHTTP"] == "http://p:3128"


@pytest.mark.parametrize("declared", [{"settings": {"AutoStart": True}}, {"start": True}])
def test_a_byte_order_mark_which_docker_refuses_is_taken_away(lab_laptop, declared):
    lab_laptop.machine.files.write(STORE, b'\xef\xbb\xbf{"LicenseTermsVersion":2, "X": 1}')
    planned = plan(lab_laptop, **declared)
    assert "its file mended, which begins with a byte order mark" in planned.steps[0].sentence
    lab_laptop.carry_out(planned)
    assert not lab_laptop.machine.files.read(STORE).startswith(b"\xef\xbb\xbf")
    assert read(lab_laptop)["X"] == 1
    assert plan(lab_laptop, **declared).steps == ()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"AutoStart": ', "only a part was written"),
        (b"", "is empty"),
        (bytes(400), "nothing but NUL bytes"),
        (b'{"AutoStart": true}' + bytes(60), "NUL bytes from byte 19 on"),
        ("\ufeff{}".encode("utf-16-le"), "UTF-16"),
        (b"// ours\n{}", "a comment in line 1"),
        (b"[null]", "is a list"),
        (b'"x"', "is a text"),
        (b"{\xff}", "is not UTF-8"),
        (b'{"a": "' + b"x" * (1 << 20) + b'"}', "bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_left(lab_laptop, data, words):
    lab_laptop.machine.files.write(STORE, data)
    assert words in only_failure(plan(lab_laptop, settings={"AutoStart": True}))
    assert lab_laptop.machine.files.read(STORE) == data


def test_the_layout_of_the_file_stays(lab_laptop):
    lab_laptop.machine.files.write(STORE, b'{\r\n\t"LicenseTermsVersion": 2,\r\n\t"X": "\xc3\xa4"\r\n}\r\n')
    lab_laptop.carry_out(plan(lab_laptop, settings={"AutoStart": True}))
    assert lab_laptop.machine.files.read(STORE) == (
        b'{\r\n\t"LicenseTermsVersion": 2,\r\n\t"X": "\xc3\xa4",\r\n\t"AutoStart": true\r\n}\r\n'
    )


def test_a_running_one_is_stopped_started_and_has_the_settings(lab_laptop):
    lab_laptop.start_docker()
    first = lab_laptop.machine.part(DockerDesktop).app
    planned = plan(lab_laptop, settings={"UseResourceSaver": False})
    assert planned.steps[0].note == "Docker Desktop is stopped and started again"
    lab_laptop.carry_out(planned)
    app = lab_laptop.machine.part(DockerDesktop).app
    assert app is not first
    assert app.settings["UseResourceSaver"] is False


@pytest.mark.parametrize(("policy", "waits"), [("when_idle", True), ("next_start", True), ("now", False)])
def test_containers_that_run_are_waited_for(lab_laptop, policy, waits):
    lab_laptop.start_docker()
    lab_laptop.machine.part(DockerDesktop).containers = ["c0ffee"]
    planned = plan(lab_laptop, settings={"AutoStart": True}, apply=policy)
    assert bool(planned.steps) is not waits
    assert [one.waits_for for one in planned.deferred] == (["docker desktop idle"] if waits else [])


def test_a_run_cut_off_after_the_stop_is_made_good(lab_laptop):
    lab_laptop.start_docker()
    for request in lab_laptop.asked_by(plan(lab_laptop, settings={"AutoStart": True}).steps[0].does(lab_laptop.next_run)):
        if getattr(request, "progress", "") == "starting Docker Desktop":
            break
    planned = plan(lab_laptop, settings={"AutoStart": True})
    assert "start Docker Desktop again" in planned.steps[0].sentence
    lab_laptop.carry_out(planned)
    assert lab_laptop.machine.part(DockerDesktop).app is not None
    assert plan(lab_laptop, settings={"AutoStart": True}).steps == ()


def test_what_a_person_changes_meanwhile_stays(lab_laptop):
    planned = plan(lab_laptop, settings={"AutoStart": True})
    for number, _ in enumerate(lab_laptop.asked_by(planned.steps[0].does(lab_laptop.next_run))):
        if number == 1:
            edit(lab_laptop, ThemeSource="dark")
    assert (read(lab_laptop)["AutoStart"], read(lab_laptop)["ThemeSource"]) == (True, "dark")


def test_one_that_is_to_run_is_started_in_its_users_session_and_left_there(lab_laptop):
    planned = plan(lab_laptop, start=True)
    assert lab_laptop.sentences(planned) == ["start Docker Desktop"]
    lab_laptop.carry_out(planned)
    assert lab_laptop.machine.part(DockerDesktop).app.token.account.sid == lab_laptop.alice.sid
    assert plan(lab_laptop, start=True).steps == ()


def test_one_that_would_wait_for_a_click_is_not_started(lab_laptop):
    edit(lab_laptop, LicenseTermsVersion=0)
    planned = plan(lab_laptop, start=True)
    assert (planned.steps, [one.waits_for for one in planned.deferred]) == ((), ["licence"])
    lab_laptop.carry_out(plan(lab_laptop, start=True, accept_license=LICENCE))
    assert lab_laptop.machine.part(DockerDesktop).app is not None


def test_nobody_who_is_away_gets_it_started(lab_laptop):
    lab_laptop.target = replace(lab_laptop.target, user=r"CORP\alice")
    lab_laptop.machine.log_off(lab_laptop.alice)
    assert [one.waits_for for one in plan(lab_laptop, start=True).deferred] == ["user logon"]


@pytest.mark.parametrize("name", ["settings-store.json", "daemon.json"])
def test_a_link_of_somebody_who_is_away_is_not_followed(lab_laptop, name):
    seen = lab_laptop.look()
    field = {"settings-store.json": "link", "daemon.json": "daemon_link"}[name]
    have = replace(seen.of(State), **{field: f"{name} is a link"})
    declared = {"settings": {"AutoStart": True}} if field == "link" else {"daemon": {"linux": {"debug": True}}}
    (one,) = plan(lab_laptop, seen.having(have), **declared).deferred
    assert (one.waits_for, name in one.reason) == ("user logon", True)


def test_autostart_off_takes_the_run_value_away_too(lab_laptop):
    key = rf"HKU\{lab_laptop.alice.sid}\SOFTWARE\Microsoft\Windows\CurrentVersion\Run"
    lab_laptop.machine.registry.set(key, "Docker Desktop", "String", "x")
    planned = plan(lab_laptop, settings={"AutoStart": False})
    assert lab_laptop.sentences(planned) == ["Docker Desktop no longer starts with Windows (Run)"]
    assert any("anew at each start" in one for one in planned.warnings)
    lab_laptop.carry_out(planned)
    assert plan(lab_laptop, settings={"AutoStart": False}).steps == ()


def test_the_settings_of_somebody_who_is_logged_off_are_written_too(lab_laptop):
    lab_laptop.target = replace(lab_laptop.target, user=r"CORP\alice")
    lab_laptop.machine.log_off(lab_laptop.alice)
    lab_laptop.carry_out(plan(lab_laptop, settings={"AutoStart": True}))
    assert read(lab_laptop)["AutoStart"] is True


# --- licence ---


def test_a_licence_that_nobody_accepted_is_deferred_and_said(lab_laptop):
    edit(lab_laptop, LicenseTermsVersion=0)
    (one,) = plan(lab_laptop, settings={"AutoStart": False}).deferred
    assert (one.waits_for, "accept_license" in one.reason) == ("licence", True)


def test_a_recorded_consent_accepts_it_for_the_user(lab_laptop):
    edit(lab_laptop, LicenseTermsVersion=0)
    planned = plan(lab_laptop, accept_license=LICENCE)
    assert planned.deferred == ()
    assert "accepted for CORP\\alice by the consent of Ada Lovelace of 2026-11-27" in planned.steps[0].sentence
    lab_laptop.carry_out(planned)
    assert read(lab_laptop)["LicenseTermsVersion"] == 2
    assert plan(lab_laptop, accept_license=LICENCE).steps == ()


def test_a_later_agreement_that_was_accepted_is_not_put_back(lab_laptop):
    edit(lab_laptop, LicenseTermsVersion=3)
    assert plan(lab_laptop, accept_license=LICENCE).steps == ()


# --- not there, or not known ---


def test_without_docker_desktop_settings_fail_and_an_administrators_file_is_written():
    lab_laptop = LabLaptop()
    assert "not installed" in only_failure(plan(lab_laptop, settings={"AutoStart": True}))
    assert len(plan(lab_laptop, allowed_orgs=["acme"]).steps) == 1


def test_of_a_laptop_that_says_nothing_nothing_is_done(lab_laptop):
    seen = lab_laptop.look()
    assert "not known whether" in only_failure(plan(lab_laptop, seen.having(State()), settings={"AutoStart": True}))
    known = replace(seen.of(State), running_known=False)
    assert "for whom" in only_failure(plan(lab_laptop, seen.having(known), settings={"AutoStart": True}))
    unread = replace(seen.of(State), settings=None)
    assert "could not be read" in only_failure(plan(lab_laptop, seen.having(unread), settings={"AutoStart": True}))


def test_a_forecast_needs_no_second_change(lab_laptop):
    declared = {"settings": {"AutoStart": True, "UseContainerdSnapshotter": True}, "accept_license": LICENCE}
    want, seen = wanted(RESOURCE, {"docker_desktop": declared}), lab_laptop.look()
    assert setup.plan(want, RESOURCE.forecast(seen, want)).steps == ()


def test_a_file_that_keeps_changing_is_told(lab_laptop):
    planned = plan(lab_laptop, settings={"AutoStart": True})
    with pytest.raises(StepError, match="keeps changing"):
        carry_out_against_somebody(lab_laptop, planned)


def carry_out_against_somebody(lab_laptop, planned):
    for number, _ in enumerate(lab_laptop.asked_by(planned.steps[0].does(lab_laptop.next_run))):
        edit(lab_laptop, Cpus=number)


def test_effective_values_are_told_from_the_files_own():
    parse = docker_settings.parse
    assert docker_settings.effective(parse(b"{}"), "SwapMiB", "store") == 1024
    assert docker_settings.effective(parse(b'{"x": 1}'), "swapMiB", "legacy") is None
    assert docker_settings.effective(parse(None), "SwapMiB", "store") == 1024
    assert docker_settings.effective(parse(b"{"), "SwapMiB", "store") is None
    assert docker_settings.effective(parse(b'{"SwapMiB": 1, "swapMiB": 2}'), "SwapMiB", "store") is None
    assert docker_settings.effective(parse(b"{}"), "NobodyKnows", "store") is None
    assert File().values == {}


def test_the_older_file_that_is_not_there_yet_is_written_whole_at_once():
    lab_laptop = LabLaptop()
    lab_laptop.machine.part(DockerDesktop).install("4.34.0")
    declared = {"settings": {"AutoStart": False, "AnalyticsEnabled": False}, "accept_license": LICENCE}
    planned = plan(lab_laptop, **declared)
    assert "AnalyticsEnabled: true → false" in planned.steps[0].sentence
    assert "AutoStart: unset → false" in planned.steps[0].sentence
    lab_laptop.carry_out(planned)
    assert read(lab_laptop, LEGACY) == {"autoStart": False, "analyticsEnabled": False, "licenseTermsVersion": 2}
    assert plan(lab_laptop, **declared).steps == ()


def test_what_somebody_has_set_as_a_password_is_not_shown(lab_laptop):
    edit(lab_laptop, NewThing={"password": "S3CRET", "url": "http://ada:S3CRET@proxy"}, ApiToken="S3CRET", Pins=["x:S3CRET@y"])
    planned = plan(lab_laptop, settings={"NewThing": {"mode": "x"}, "ApiToken": "none", "Pins": []})
    shown = planned.steps[0].sentence + "".join(planned.steps[0].diff)
    assert "S3CRET" not in shown
    assert ("NewThing: " in shown, "ApiToken: " in shown, "Pins: " in shown) == (True, True, True)
