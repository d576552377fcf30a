"""None below a place where a host's own file may hold more: it removes what is inherited, and is a value besides."""

import pytest
import yaml

from pyinfra_wsl import registry
from pyinfra_wsl.edge import door
from pyinfra_wsl.fleet import file as fleet_file
from pyinfra_wsl.fleet.merge import resolve
from pyinfra_wsl.resources.docker_engine.resource import RESOURCE

DAEMON = ("docker_engine", "daemon")


def daemon(*layers):
    groups = {f"g{number}": {"docker_engine": {"daemon": layer}} for number, layer in enumerate(layers)}
    document = {"groups": groups, "hosts": {"a": {"os": "linux", "groups": [*groups]}}}
    merged, problems = resolve(document, "a", {}, [DAEMON])
    assert problems == []
    return merged


def test_it_stays_at_any_depth_below_the_place():
    merged = daemon(
        {"log-opts": {"max-size": "1m", "tag": "x"}, "dns": ["1.1.1.1"]}, {"log-opts": {"max-size": None}, "dns": None}
    )
    assert merged.data["docker_engine"] == {"daemon": {"log-opts": {"max-size": None, "tag": "x"}, "dns": None}}
    assert merged.origin((*DAEMON, "dns")) == ("groups", "g1", *DAEMON, "dns")


def test_a_later_value_takes_its_place():
    assert daemon({"dns": None}, {"dns": ["9.9.9.9"]}).data["docker_engine"]["daemon"] == {"dns": ["9.9.9.9"]}
    assert daemon({"log-opts": None}, {"log-opts": {"tag": "x"}}).data["docker_engine"]["daemon"] == {"log-opts": {"tag": "x"}}


def test_the_place_itself_and_all_others_are_removed_as_ever():
    assert daemon({"dns": []}, None).data["docker_engine"] == {}
    document = {"hosts": {"a": {"docker_engine": {"version": None}, "kvm": {"nested": None}}}}
    assert resolve(document, "a", {}, [DAEMON])[0].data == {"docker_engine": {}, "kvm": {}, "os": "windows"}


def test_docker_engines_daemon_is_such_a_place():
    assert DAEMON in registry.unset()


def test_a_fleet_file_and_an_operation_hand_it_on(tmp_path):
    engine = {"daemon": {"log-opts": {"max-size": None}, "dns": None}}
    path = tmp_path / "fleet.yml"
    path.write_text(yaml.safe_dump({"hosts": {"a": {"os": "linux", "docker_engine": engine}}}))
    assert fleet_file.load(path).hosts["a"].data["docker_engine"] == engine
    _values, want = door.enter(RESOURCE, {"docker_engine": engine})
    assert want.daemon == engine["daemon"]


@pytest.mark.parametrize("engine", [{"users": [None]}, {"version": None}])
def test_elsewhere_an_operation_refuses_it(engine):
    with pytest.raises(door.RefusedError, match="has no value"):
        door.enter(RESOURCE, {"docker_engine": engine})
