"""Paths of Windows in a fleet file: what no laptop can have is told with its line, whatever key it stands at."""

import pytest

from pyinfra_wsl import fleet

SHA = "ab" * 32
DISTRO = "hosts: {{LT: {{wsl_distros: {{U: {{source: '{source}', sha256: " + SHA + ", {key}: '{path}'}}}}}}}}"
CONFIG = "hosts: {{LT: {{wslconfig: {{{section}: {{{key}: '{path}'}}}}}}}}"
SHARE = r"\\server\share\u.tar.gz"
PATHS = [("wsl2", "swapFile"), ("wsl2", "kernel"), ("wsl2", "crashDumpFolder"), ("general", "distributionInstallPath")]


def told(tmp_path, text):
    file = tmp_path / "fleet.yml"
    file.write_text(f"# one\n{text}\n")
    try:
        fleet.load(file)
    except fleet.FleetError as error:
        return error.problems
    return []


@pytest.mark.parametrize("key", ["location", "export_to"])
@pytest.mark.parametrize(
    ("path", "why"),
    [
        (r"C:\x\NUL.tar", "device"),
        (r"D:\a.\u.tar", "dot or space"),
        (r"D:\a:s\u.tar", "stream"),
        (r"D:\u" + r"\aaaaaaaaa" * 40 + ".tar", "room for"),
    ],
)
def test_a_place_of_a_distribution_that_cannot_be_is_told_with_its_line(tmp_path, key, path, why):
    (problem,) = told(tmp_path, DISTRO.format(source=SHARE, key=key, path=path))
    assert problem.startswith(f"{tmp_path}/fleet.yml:2: hosts.LT.wsl_distros.U.{key}: ")
    assert why in problem


def test_a_character_that_nobody_sees_is_named(tmp_path):
    (problem,) = told(tmp_path, DISTRO.format(source=SHARE, key="location", path="D:\\w\u202esl"))
    assert "holds U+202E, which nobody sees" in problem
    assert "\u202e" not in problem


@pytest.mark.parametrize(("section", "key"), PATHS)
@pytest.mark.parametrize("path", [r"C:\con\x", r"C:\x \y", r"C:\x:y", r"\\server\share\aux.vhdx"])
def test_a_path_of_wslconfig_is_held_to_the_same(tmp_path, section, key, path):
    (problem,) = told(tmp_path, CONFIG.format(section=section, key=key, path=path))
    assert f"wslconfig.{section}.{key}: '{path}' " in problem
    assert "write a full Windows path" in problem
    assert told(tmp_path, CONFIG.format(section=section, key=key, path=r"C:\fine\x")) == []
    assert told(tmp_path, CONFIG.format(section=section, key=key, path=r"\\server\share\x")) == []
    assert told(tmp_path, CONFIG.format(section=section, key=key, path="D:\\")) == []
    assert told(tmp_path, CONFIG.format(section=section, key=key, path="C:\\" + r"aaaaaaaaa\\" * 40 + "x")) == []


@pytest.mark.parametrize("source", [r"\\server\share\con.tar", r"\\server", r"\\server\share\a.\u.tar", r"\\server\share"])
def test_a_share_on_which_no_file_can_be_is_told(tmp_path, source):
    (problem,) = told(tmp_path, DISTRO.format(source=source, key="default_user", path="dev"))
    assert "wsl_distros.U.source: " in problem
    assert r"\\server\share\path\file" in problem


def test_two_distributions_of_one_file_with_one_target_are_told_with_the_line_of_the_second(tmp_path):
    lines = ["hosts:", "  LT:", "    wsl_distros:"]
    for name, path in (("one", r"D:\b\u.tar"), ("two", "d:/B/./U.tar")):
        lines += [f"      {name}:", f"        source: '{SHARE}'", f"        sha256: {SHA}", f"        export_to: '{path}'"]
    (problem,) = told(tmp_path, "\n".join(lines))
    assert problem.startswith(f"{tmp_path}/fleet.yml:12: hosts.LT.wsl_distros.two.export_to: is the export of one too")
