"""What of a declaration of Docker Desktop is refused before a laptop is looked at."""

import pytest
from support.laptops import refused

from pyinfra_wsl import registry
from pyinfra_wsl.core.formats import docker_keys
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE
from pyinfra_wsl.resources.docker_desktop.rules import complete

SHA = "a" * 64
EXE = {"installer": r"\\files\docker\Docker Desktop Installer.exe", "sha256": SHA}


def said(**declared):
    return [failure.cause for failure in refused(RESOURCE, {"docker_desktop": declared})]


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"package": {"installer": EXE["installer"]}}, "package.sha256: is missing"),
        ({"package": {"sha256": SHA}}, "package.installer: is missing"),
        ({"package": {**EXE, "minimum": "4.86.0", "version": "4.86.0"}}, "package.version: contradicts minimum"),
        ({"package": {**EXE, "installer": r"\\files\docker.zip"}}, "no installer of Docker Desktop"),
        ({"package": {**EXE, "change_scope": True}}, "package.scope: is missing"),
        ({"package": {**EXE, "scope": "user"}, "backend": "hyper-v"}, "package.scope: has no backend hyper-v"),
        ({"package": {**EXE, "scope": "user"}, "backend": "windows"}, "package.scope: has no backend windows"),
        ({"package": {**EXE, "installer": r"\\files\d.msi", "scope": "user"}}, "package.scope: is for the EXE"),
        ({"package": {**EXE, "scope": "user", "minimum": "4.71"}}, "package.minimum: is older than 4.72"),
        ({"package": {**EXE, "scope": "user", "options": {"always-run-service": True}}}, "is of an installation for all users"),
        ({"package": {**EXE, "version": "4.47.0", "options": {"override-proxy-pac": "http://p/x"}}}, "works since 4.48"),
        ({"package": {**EXE, "options": {"no-windows-containers": True}}, "backend": "windows"}, "forbids the declared backend"),
        ({"package": {**EXE, "options": {"admin-settings": "{}"}}}, "admin-settings"),
        ({"package": {**EXE, "installer": "d.msi", "options": {"wsl-default-data-root": r"D:\my disks"}}}, "has a blank"),
        ({"backend": "wsl2"}, "backend: 'wsl2' is not one of wsl-2, hyper-v, windows"),
        ({"accept_license": {"by": "Ada"}}, "accept_license"),
        ({"accept_license": True}, "accept_license"),
        ({"accept_license": {"by": "Ada", "date": "yesterday"}}, "accept_license.date"),
        ({"accept_license": {"by": "Ada", "date": "2026-02-30"}}, "accept_license.date: is no day of the calendar"),
        ({"settings": {"AutoStart": "yes"}}, "settings.AutoStart: has a value that Docker Desktop does not read"),
        ({"settings": {"AutoStart": 1}}, "settings.AutoStart: has a value"),
        ({"settings": {"Cpus": True}}, "settings.Cpus: has a value"),
        ({"settings": {"ThemeSource": "blue"}}, "settings.ThemeSource: has a value"),
        ({"settings": {"autoStart": True}}, "settings.autoStart: is written AutoStart"),
        ({"settings": {"SettingsVersion": 45}}, "settings.SettingsVersion: is kept by Docker Desktop itself"),
        ({"settings": {"UseGrpcfuse": True}}, "settings.UseGrpcfuse: means nothing on Windows"),
        ({"settings": {"LicenseTermsVersion": 2}}, "settings.LicenseTermsVersion: is declared in another place"),
        ({"settings": {"WslEngineEnabled": True}}, "settings.WslEngineEnabled: is declared in another place"),
        ({"settings": {"CustomWslDistroDir": "D:\\w"}}, "settings.CustomWslDistroDir: is declared in another place"),
        ({"settings": {"IntegratedWslDistros": []}}, "settings.IntegratedWslDistros: is declared in another place"),
        ({"allowed_orgs": ["ACME"]}, "allowed_orgs[0]"),
        ({"settings": {"NewKey": 1, "newKey": 2}}, "is the same key as NewKey"),
        ({"daemon": {"linux": {}}, "backend": "windows"}, "daemon: is of the Linux engine alone"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(declared, words):
    found = said(**declared)
    assert any(words in one for one in found), found


def test_what_is_whole_is_not():
    package = {**EXE, "minimum": "4.86.0", "scope": "user", "options": {"wsl-default-data-root": "D:\\docker"}}
    licence = {"by": "Ada Lovelace", "date": "2026-11-27"}
    settings = {"AutoStart": True, "ProxyHTTPMode": "manual", "OverrideProxyHTTP": "http://p:3128", "BrandNewKey": [1]}
    assert said(package=package, accept_license=licence, settings=settings, daemon={"linux": {"debug": True}}) == []


def test_a_proxy_with_an_account_is_a_secret():
    (cause,) = said(settings={"OverrideProxyHTTP": "http://ada:pw@proxy:3128"})
    assert "secrets do not belong here" in cause
    assert "pw" not in cause


def test_a_fleet_file_names_the_installer_of_what_may_not_be_there():
    (problem,) = complete({"docker_desktop": {"package": {"minimum": "4.86.0"}}})
    assert problem.path == ("docker_desktop", "package", "installer")
    assert list(complete({"docker_desktop": {"backend": "wsl-2"}})) == []


@pytest.mark.parametrize("key", docker_keys.TABLE, ids=lambda key: key.name)
def test_each_key_is_found_by_both_its_names_and_takes_its_own_default(key):
    assert docker_keys.find(key.name) is docker_keys.find(key.older.upper()) is key
    default = list(key.default) if isinstance(key.default, tuple) else key.default
    assert default is None or key.takes(default)
    assert key.form.startswith("write ")


def test_each_key_stands_once_in_the_table():
    names = [key.name.lower() for key in docker_keys.TABLE]
    assert len(names) == len(set(names)) > 120
    assert set(docker_keys.HYPER_V_ONLY) <= {key.name for key in docker_keys.TABLE}


def test_it_rests_on_wsl_and_its_integration_rests_on_it():
    assert "docker_desktop" in registry.needs(registry.of("docker_integration"))
    assert "wsl" in registry.needs(RESOURCE)
