"""Metrics as an independent reader understands them: Prometheus' own parser, and node_exporter's user beside it."""

import os
import re
import stat
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.rollout_standings import BEGUN, NOW, laptop, many, rings, snapshot, usual

from pyinfra_wsl.rollout.model import Gate, Ring
from pyinfra_wsl.rollout.watch import metrics
from pyinfra_wsl.rollout.watch.sums import SHOWN

HOSTILE = 'a"b\\c\nd\\n{}=,\x1b\u202e\ud800é'
UNITS = ("_seconds", "_ratio", "_laptops", "_laptops_verified", "_tries", "_number", "_info", "_stage", "_held", "_approval")


def read(text):
    """Return each sample by its name and its labels, without that of the rollout."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        assert family.type == "gauge"
        for sample in family.samples:
            labels = tuple(sorted(sample.labels.items()))
            assert (sample.name, labels) not in found, "node_exporter refuses a series that is there twice"
            found[sample.name, labels] = sample.value
    return found


def of(found, name, **labels):
    return found.get((f"pyinfra_wsl_rollout_{name}", tuple(sorted({"rollout": "7f3a9c21", **labels}.items()))))


def test_numbers_are_those_of_the_rollout():
    found = read(metrics.text(usual(), NOW))
    assert of(found, "info", inventory="inventory/laptops.py") == 1
    assert [of(found, "stage", stage=one) for one in ("running", "paused", "aborted", "ended", "stuck")] == [1, 0, 0, 0, 0]
    assert of(found, "held") == 1
    assert of(found, "begun_timestamp_seconds") == BEGUN.timestamp()
    assert of(found, "written_timestamp_seconds") == NOW.timestamp()
    assert [of(found, "laptops", ring="early", state=state) for state in SHOWN] == [5, 1, 1, 1, 1, 1, 1, 0]
    assert of(found, "laptops", ring="rest", state="waiting") == 20
    assert of(found, "laptops_verified", ring="early") == 5
    assert of(found, "tries", ring="early") == 19
    assert of(found, "converged_ratio", ring="early") == 5 / 11
    assert of(found, "gate_converged_ratio", ring="rest") == 0.95
    assert of(found, "ring_opened_timestamp_seconds", ring="pilot") == (NOW - timedelta(hours=3)).timestamp()
    assert of(found, "ring_passed_timestamp_seconds", ring="pilot") == (NOW - timedelta(hours=1)).timestamp()
    assert of(found, "ring_passed_timestamp_seconds", ring="early") is None
    assert of(found, "next_try_timestamp_seconds", ring="early", state="offline") == (NOW + timedelta(minutes=105)).timestamp()


@pytest.mark.parametrize(
    ("told", "waits"),
    [({}, 0), ({"ready": NOW}, 1), ({"ready": NOW, "approved": "bo@desk"}, 0), ({"ready": NOW, "passed": NOW}, 0)],
)
def test_an_alert_can_ask_for_a_persons_word(told, waits):
    (first, *others) = rings((1, None))
    found = read(metrics.text(snapshot(of=(replace(first, **told), *others)), NOW))
    assert of(found, "gate_waits_for_approval", ring="pilot") == waits


def test_labels_are_read_as_they_were_written():
    ring = Ring(HOSTILE, gate=Gate(1))
    one = snapshot(laptop("1", 0, "converged"), of=rings((1, None), of=(ring,)), name=HOSTILE, inventory=HOSTILE)
    text = metrics.text(one, NOW)
    text.encode()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", text)
    said = 'a"b\\c\\nd\\n{}=,\\x1b\\u202e\\ud800é'  # what no terminal should get is shown as it is everywhere
    found = read(text)
    assert found["pyinfra_wsl_rollout_laptops", (("ring", said), ("rollout", said), ("state", "converged"))] == 1


def test_the_form_is_that_of_the_collector():
    """https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details"""
    text = metrics.text(usual(), NOW)
    assert text.endswith("\n")
    names = re.findall(r"^# HELP (\S+) \S.*\n# TYPE \1 gauge\n(?=\1\{)", text, re.MULTILINE)
    assert names == re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE)
    assert len(set(names)) == len(names) > 10
    assert all(name.startswith("pyinfra_wsl_rollout_") and name.endswith(UNITS) for name in names)
    assert not re.search(r"_total\b", text), "a gauge is no counter"


def test_no_laptop_has_a_series():
    few, lots = metrics.text(many(24), NOW), metrics.text(many(100_000), NOW)
    assert len(read(few)) == len(read(lots)) < 100
    assert "LT-" not in lots
    one = many(100_000)
    begun = time.process_time()
    metrics.text(one, NOW)
    assert time.process_time() - begun < 0.3, "seconds; on a machine at rest it takes 0.04"


def test_a_rollout_of_nothing_is_told_too():
    assert of(read(metrics.text(snapshot(of=()), NOW)), "stage", stage="running") == 1


def test_it_is_whole_for_all_to_read_and_nothing_stays_beside_it(tmp_path):
    path = tmp_path / "rollout.prom"
    path.write_text("old")
    path.chmod(0o600)
    before = path.stat().st_ino
    umask = os.umask(0o077)
    try:
        assert metrics.write(usual(), path, NOW) == ""
    finally:
        os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert path.stat().st_ino != before, "who reads the old one is not disturbed"
    assert path.read_text() == metrics.text(usual(), NOW)
    assert list(tmp_path.iterdir()) == [path]


def test_what_keeps_it_from_being_written_is_said_and_ends_nothing(tmp_path, monkeypatch):
    says = metrics.write(usual(), tmp_path / "nowhere" / "x.prom", NOW)
    assert says == (
        f"metrics cannot be written to {tmp_path}/nowhere/x.prom: No such file or directory. "
        "Next: look at its folder, space and rights"
    )
    assert "it is no file" in metrics.write(usual(), tmp_path, NOW)
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    assert "it is no file" in metrics.write(usual(), fifo, NOW)
    path = tmp_path / "x.prom"
    path.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(metrics.os, "fchmod", full)
    assert "No space left on device" in metrics.write(usual(), path, NOW)
    assert path.read_text() == "old"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["pipe", "x.prom"]
