"""Whatever a fleet file holds, it is taken or refused in lines; nothing else happens."""

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyinfra_wsl import data as resources
from pyinfra_wsl import fleet

EXAMPLE = (Path(__file__).resolve().parents[2] / "inventory" / "fleet.yml").read_text()
KEYS = sorted(
    {"defaults", "groups", "hosts", "A", "B", "Ubuntu", "password", "<<"}
    | set(resources.schema("fleet")["$defs"]["host"]["properties"])
    | {
        key
        for name in ("wsl", "wsl_distro", "reboot", "connection", "hypervisor", "docker_engine")
        for key in resources.schema(name)["properties"]
    }
    | {"wsl2", "memory", "experimental", "boot", "systemd", "user", "default", "package", "sha256"}
)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "8gb", "absent", "linux", "A", "C:\\x"])
)
DATA = st.recursive(
    PLAIN, lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(KEYS), below, max_size=4), max_leaves=20
)
VALUES = st.dictionaries(st.sampled_from(KEYS), DATA, max_size=4)
FLEETS = st.fixed_dictionaries({
    "hosts": st.dictionaries(st.sampled_from(["A", "B"]), VALUES | DATA, min_size=1),
    "defaults": VALUES | DATA,
    "groups": st.dictionaries(st.sampled_from(["A", "devs"]), VALUES | DATA) | DATA,
})  # fmt: skip
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def taken_or_refused(file, text):
    file.write_text(text, encoding="utf-8", newline="")
    try:
        assert fleet.load(file).hosts
    except fleet.FleetError as error:
        problems = error.problems
    else:
        return
    assert problems
    assert all(problem.startswith(f"{file}:") and "\n" not in problem for problem in problems)


@given(DATA | FLEETS)
@QUICK
def test_any_data(tmp_path, data):
    taken_or_refused(tmp_path / "fleet.yml", json.dumps(data))


@given(st.text(st.characters(codec="utf-8"), max_size=40))
@QUICK
def test_any_text(tmp_path, text):
    taken_or_refused(tmp_path / "fleet.yml", text)


@given(st.integers(0, len(EXAMPLE)), st.integers(0, 12), st.text(st.sampled_from("\\\"'{}[]:,#&*!|>%@`- \t\nab0"), max_size=6))
@QUICK
def test_the_example_with_a_slip_of_the_hand(tmp_path, at, length, instead):
    taken_or_refused(tmp_path / "fleet.yml", EXAMPLE[:at] + instead + EXAMPLE[at + length :])
