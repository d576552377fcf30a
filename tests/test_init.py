"""``pyinfra-wsl init`` and ``schema``: files that work as they are, and schemas that are found where they are named."""

import json
import os
import re
import runpy
import subprocess
from pathlib import Path
from urllib.parse import urljoin

import pytest
import yaml
from click.testing import CliRunner
from stage import BIN

from pyinfra_wsl import data, fleet
from pyinfra_wsl.cli.init import FILES, FLEET, schema_from
from pyinfra_wsl.cli.main import main
from pyinfra_wsl.lab.range import images


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def made(tmp_path):
    done = call("init", tmp_path / "fleet")
    assert done.exit_code == 0, done.output
    return tmp_path / "fleet"


def test_every_file_is_written_and_named(tmp_path):
    done = call("init", tmp_path / "a" / "b")
    assert f"{len(FILES)} of {len(FILES)} files written." in done.output
    for name in FILES:
        assert (tmp_path / "a" / "b" / name).is_file()
        assert f"written: {tmp_path / 'a' / 'b' / name}" in done.output


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_there_is_kept_and_said(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine\n")
    done = call("init", tmp_path)
    assert path.read_text() == "mine\n"
    assert f"kept: {path} is there already" in done.output
    assert f"{len(FILES) - 1} of {len(FILES)} files written." in done.output


def test_what_a_link_leads_to_is_not_written_either(tmp_path):
    (tmp_path / "deploy.py").symlink_to(tmp_path / "elsewhere.py")
    assert "kept: " in call("init", tmp_path).output
    assert not (tmp_path / "elsewhere.py").exists()


def test_the_rollout_that_a_new_fleet_shows_is_one_without_its_marks(made):
    file = made / FLEET
    head, mark, shown = file.read_text().partition("# rollout:\n")
    assert mark
    own = "hosts:" + head.partition("\nhosts:")[2]  # the images that it names before are the lab's to write
    file.write_text(own + "\n".join(line.removeprefix("# ") for line in (mark + shown).splitlines()))
    assert [one["name"] for one in fleet.load(file).rollout["rings"]] == ["pilot", "early", "rest"]


def test_a_second_time_changes_nothing(made):
    before = {name: (made / name).read_bytes() for name in FILES}
    done = call("init", made)
    assert done.exit_code == 0
    assert f"0 of {len(FILES)} files written." in done.output
    assert before == {name: (made / name).read_bytes() for name in FILES}


def test_where_nothing_can_be_written_it_says_so_without_a_traceback(tmp_path):
    (tmp_path / "inventory").write_text("a file")
    done = call("init", tmp_path)
    assert done.exit_code == 1
    assert "inventory is a file. Next: name another folder" in done.output
    assert call("init", tmp_path / "inventory").exit_code == 2


def test_the_fleet_file_names_three_edits_and_each_is_one_that_has_to_be_made(made):
    text = (made / "inventory" / "fleet.yml").read_text()
    assert re.findall(r"^ *# (EDIT \d):", text, re.MULTILINE) == ["EDIT 1", "EDIT 2", "EDIT 3"]
    document = yaml.safe_load(text)
    assert document["defaults"]["connection"]
    assert document["defaults"]["wsl"]["package"]["sha256"]
    assert document["hosts"]


def test_the_laptops_of_the_lab_are_those_of_the_fleet_file(made):
    assert set(yaml.safe_load((made / "inventory" / "lab.yml").read_text())) == set(
        yaml.safe_load((made / "inventory" / "fleet.yml").read_text())["hosts"]
    )


def test_an_editor_finds_the_schema_from_where_the_fleet_file_lies(made):
    first = (made / "inventory" / "fleet.yml").read_text().splitlines()[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert (made / "inventory" / named).resolve() == data.schema_path("fleet").resolve()


def test_a_schema_within_the_project_is_named_by_the_way_to_it():
    project = data.schema_path("fleet").resolve().parent.parent
    assert schema_from(project / "inventory" / "fleet.yml") == "../schemas/fleet.json"


@pytest.mark.parametrize("name", data.schemas())
def test_every_id_and_every_reference_of_a_schema_is_a_file_that_is_there(name):
    path = data.schema_path(name)
    document = json.loads(path.read_text("utf-8"))
    base = urljoin(path.as_uri(), document["$id"])
    assert base == path.as_uri()
    for reference in references(document):
        target = urljoin(base, reference.partition("#")[0])
        assert Path(target.removeprefix("file://")).is_file(), reference


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for one in node.values():
            yield from references(one)
    elif isinstance(node, list):
        for one in node:
            yield from references(one)


def test_schema_prints_the_line_the_text_or_the_path():
    assert call("schema").output == f"# yaml-language-server: $schema={data.schema_path('fleet')}\n"
    assert json.loads(call("schema", "wsl_distro").output) == data.schema("wsl_distro")
    assert call("schema", "wsl_distro", "--path").output == f"{data.schema_path('wsl_distro')}\n"
    assert call("schema", "--path").output == f"{data.schema_path('fleet')}\n"


def test_a_schema_that_is_none_is_wrong_usage_with_the_name_that_was_meant():
    done = call("schema", "wsl-distr")
    assert done.exit_code == 2
    assert "there is no schema wsl-distr. Next: did you mean wsl_distro" in done.output
    assert call("schema", "../fleet").exit_code == 2


def steps(folder):
    """Return what the CI example runs, but for the installation."""
    workflow = yaml.safe_load((folder / ".github" / "workflows" / "fleet.yml").read_text())
    (job,) = workflow["jobs"].values()
    return [one["run"] for one in job["steps"] if "run" in one and not one["run"].startswith("pip ")]


def test_the_ci_example_works_as_it_is_and_ends_with_laptops_as_declared(made):
    """The rehearsal of a new user, from the first command on: doctor, run, doctor."""
    assert steps(made)[0] == "pyinfra-wsl lab up"
    said = []
    try:
        for step in steps(made):
            done = subprocess.run(
                ["sh", "-c", step], cwd=made, capture_output=True, text=True, check=False, timeout=120,
                env={"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(made), "PYINFRA_PROGRESS": "off", "COLUMNS": "200"},
            )  # fmt: skip
            said.append((step, done.stdout))
            assert done.returncode == 0, (step, done.stdout + done.stderr)
    finally:
        subprocess.run([BIN / "pyinfra-wsl", "lab", "down"], cwd=made, check=False, capture_output=True)
    told = [text for step, text in said if "doctor" in step]
    assert "Next: pyinfra inventory/lab.py deploy.py --dry" in told[0]
    assert "would:" not in told[1]
    assert any("2 of 2 converged" in text for step, text in said if "deploy.py -y" in step)


def test_the_inventory_of_real_laptops_is_read_as_it_is(made):
    images.write(made / "inventory" / "images")
    hosts = fleet.load(made / "inventory" / "fleet.yml").hosts
    assert [host.data["address"] for host in hosts.values()] == ["lt-0001.corp.example", "lt-0002.corp.example"]


@pytest.mark.parametrize(("http", "https", "port", "scheme"), [(5985, 5986, 5986, "https"), (5985, None, 5985, "http")])
def test_a_laptop_that_is_declared_over_winrm_is_reached_so_in_the_lab_too(made, http, https, port, scheme):
    told = {"host": "127.0.0.1", "http": http, "https": https, "ca": "/lab/ca.pem", "user": "fleet-admin", "password": "p"}
    laptops = {name: {"host": "127.0.0.1", "port": 22} for name in ("LT-0001", "LT-0002")}
    laptops["LT-0001"]["winrm"] = told
    lab = {"pid": os.getpid(), "user": "fleet-admin", "key": "/lab/key", "known_hosts": "/lab/known", "laptops": laptops}
    images.write(made / "inventory" / "images")
    (made / ".lab").mkdir()
    (made / ".lab" / "lab.json").write_text(json.dumps(lab))
    path = made / "inventory" / "fleet.yml"
    path.write_text(path.read_text().replace("LT-0001: {", "LT-0001: {connection: {transport: psrp}, "))
    given = runpy.run_path(str(made / "inventory" / "lab.py"))
    hosts = dict(next(one for one in given.values() if isinstance(one, list) and len(one) == len(laptops)))
    assert (hosts["@psrp/LT-0001"]["psrp_port"], hosts["@psrp/LT-0001"]["psrp_scheme"]) == (port, scheme)
    assert ("psrp_ca" in hosts["@psrp/LT-0001"]) == (scheme == "https")
    assert hosts["@winssh/LT-0002"]["ssh_port"] == 22
