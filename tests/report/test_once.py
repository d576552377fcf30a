"""What one host says several times is said once, and nothing else is taken for it."""

from support.fleet_results import document

from pyinfra_wsl.report import causes
from pyinfra_wsl.report.once import once

RUN = {"id": "7f3a", "ended": "2026-11-21T10:00:00+00:00", "holder": "ada@control"}
CAUSE = "Virtualization is off in the firmware (SLAT present)"


def failure(resource, cause, remedy="turn it on"):
    return {"resource": resource, "cause": cause, "remedy": remedy, "code": ""}


def test_a_cause_that_keeps_several_things_back_is_one():
    found = once([
        failure("windows_feature", f"features A, B not enabled: {CAUSE}", "turn it on; or go on all the same"),
        failure("hypervisor", CAUSE),
        failure("wsl", f"WSL package: none → 2.6.1: not done: {CAUSE}", "turn it on; or go on all the same"),
        failure("wsl_distro", CAUSE),
    ])  # fmt: skip
    (one,) = found
    assert (one.entry["cause"], one.entry["remedy"]) == (CAUSE, "turn it on")
    assert one.too == ["features A, B not enabled", "WSL package: none → 2.6.1: not done"]
    assert one.resources == ["windows_feature", "hypervisor", "wsl", "wsl_distro"]


def test_what_only_ends_alike_stays_apart():
    found = once([failure("a", "one: the disk is full"), failure("b", "two: the disk is full")])
    assert [one.entry["cause"] for one in found] == ["one: the disk is full", "two: the disk is full"]


def test_the_first_who_says_it_tells_the_next_step():
    (one,) = once([failure("a", CAUSE, "first"), failure("b", CAUSE, "second")])
    assert one.entry["remedy"] == "first"


def test_ten_thousand_failures_of_many_parts_take_no_time():
    assert len(once([failure("a", f"{number}" + ": n" * 2000) for number in range(10_000)])) == 10_000


def test_a_cause_of_several_resources_is_told_with_all_of_them():
    failures = [("hypervisor", CAUSE, "r", ""), ("wsl", f"WSL: {CAUSE}", "r", "")]
    documents = [document(f"LT-{number}", RUN, outcome="failed", failures=failures) for number in (1, 2)]
    (cause,) = causes.failures(documents)
    assert (cause.text, list(cause.abouts), cause.hosts) == (CAUSE, ["hypervisor", "WSL"], ["LT-1", "LT-2"])
