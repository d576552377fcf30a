"""A fleet file of hosts: what is common stands once, and each host has its own values after inheritance, whatever they are."""

from hypothesis import given
from hypothesis import strategies as st

from pyinfra_wsl import fleet
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.fleet.merge import Merged
from pyinfra_wsl.survey.adopt import Read
from pyinfra_wsl.survey.fleet_file import common, rest, text

KEYS = st.sampled_from(["a", "b", "c", "Ubuntu-24.04"])
VALUES = st.recursive(
    st.one_of(
        st.booleans(), st.integers(-2, 2), st.sampled_from(["x", "8GB", "no", "2.0"]), st.lists(st.integers(0, 1), max_size=2)
    ),
    lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=3),
    max_leaves=8,
)
HOSTS = st.lists(st.dictionaries(KEYS, VALUES, max_size=4), min_size=1, max_size=5)


@given(HOSTS)
def test_what_is_common_and_the_rest_are_the_values_again(hosts):
    shared = common(hosts)
    for values in hosts:
        merged = Merged()
        merged.lay(shared, ())
        merged.lay(rest(values, shared), ())
        assert merged.data == values


def test_of_one_host_nothing_is_common():
    assert common([{"a": 1}]) == {}


def laptop(name, memory="8GB", **more):
    return Read(name, "windows", {"user": "console", "wslconfig": {"wsl2": {"memory": memory}}, **more})


def load(tmp_path, hosts):
    path = tmp_path / "fleet.yml"
    path.write_text(text(hosts, ["head"]), "utf-8")
    return path.read_text(), fleet.load(path).hosts


def test_the_most_are_the_defaults_and_the_others_say_their_own(tmp_path):
    written, hosts = load(tmp_path, [laptop("LT-1"), laptop("LT-2"), laptop("LT-3", "4GB")])
    assert written.count("memory: 8GB") == 1
    assert [one.data["wslconfig"]["wsl2"]["memory"] for one in hosts.values()] == ["8GB", "8GB", "4GB"]


def test_who_lacks_what_others_have_inherits_it_not(tmp_path):
    distro = {"wsl_distros": {"Ubuntu": {"version": 2}}}
    _written, hosts = load(tmp_path, [laptop("LT-1", **distro), laptop("LT-2", **distro), laptop("LT-3")])
    assert "wsl_distros" not in hosts["LT-3"].data
    assert hosts["LT-1"].data["wsl_distros"] == {"Ubuntu": {"version": 2}}


def test_both_systems_have_groups(tmp_path):
    linux = [Read(f"kvm-{one}", "linux", {"os": "linux", "kvm": {"nested": True}}) for one in "ab"]
    written, hosts = load(tmp_path, [laptop("LT-1"), laptop("LT-2"), *linux])
    assert hosts["kvm-a"].data["kvm"] == {"nested": True}
    assert hosts["LT-1"].groups == ("windows",)
    assert "defaults" not in written


def test_comments_are_one_line_and_what_no_terminal_should_get_is_escaped(tmp_path):
    odd = Read("LT-1", "windows", {"user": "console"}, ["a\nhosts: {}\x1b[2J: b"])
    lost = Read("LT-2", "windows", failures=[Failure("no\nconnection", "start it")])
    written, hosts = load(tmp_path, [odd, lost])
    assert "\x1b" not in written
    assert "  # LT-2: not looked at: no\\nconnection. Next: start it\n" in written
    assert list(hosts) == ["LT-1"]


def test_names_that_yaml_would_take_for_something_else_are_names(tmp_path):
    _written, hosts = load(tmp_path, [Read("NO", "windows", {"user": "console"}), Read("0123", "windows", {"user": "console"})])
    assert set(hosts) == {"NO", "0123"}
