"""Results are read again whoever has damaged, changed or copied some of them: the good ones are told, the others named."""

import json
import os
from pathlib import Path

import pytest
from support import fleet_results

from pyinfra_wsl.report import history, reading

RUN = {"id": "7f3a", "ended": "2026-11-21T10:00:00+00:00", "holder": "ada@control"}


def put(folder, name="x", **changed):
    folder.mkdir(exist_ok=True)
    document = {**fleet_results.document("LT-1", RUN), **changed}
    (folder / f"{name}.json").write_text(json.dumps(document))


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "[1]", "null", "{}", "[" * 100_000, '{"host": "x"}', "\x00", "\ufeff{}", '"' + "n" * 100, "1" * 5000,
        '{"a":' * 60_000,
    ],
    ids=lambda text: text[:6],
)  # fmt: skip
def test_a_file_that_is_no_result_is_named_and_the_others_are_told(tmp_path, text):
    put(tmp_path / "run", "good")
    (tmp_path / "run" / "bad.json").write_text(text)
    found = reading.read(tmp_path / "run")
    assert [one["host"] for one in found.documents] == ["LT-1"]
    assert [problem.partition(":")[0] for problem in found.problems] == ["run/bad.json"]


@pytest.mark.parametrize(
    "changed",
    [
        {"seconds": "x"}, {"seconds": float("nan")}, {"seconds": True}, {"seconds": 10**400}, {"changes": [1]},
        {"changes": [{"words": "WSL", "sentence": "s", "seconds": "x"}]}, {"failures": [{"cause": "c"}]},
        {"failures": [{"cause": "c", "remedy": "r", "code": 5}]}, {"deferred": [{"sentence": "s"}]},
        {"warnings": {}}, {"host": None}, {"not_reached": [1]}, {"requests": []}, {"outcome": "splendid"}, {"outcome": None},
        {"groups": "developers"}, {"groups": [1]}, {"resources": []}, {"resources": {"wsl": {}}}, {"resources": {"wsl": 1}},
        {"run": None}, {"run": {"ended": 5}},
    ],
)  # fmt: skip
def test_a_result_that_somebody_changed_by_hand_is_named(tmp_path, changed):
    put(tmp_path, **changed)
    found = reading.read(tmp_path)
    assert found.documents == []
    (problem,) = found.problems
    assert "x.json: " in problem
    assert next(iter(changed)) in problem or "NaN" in problem


@pytest.mark.parametrize("number", ["1e999", "Infinity", "-Infinity", "NaN"])
def test_a_number_that_is_none_is_no_result(tmp_path, number):
    put(tmp_path)
    file = tmp_path / "x.json"
    file.write_text(file.read_text().replace('"seconds": 0.6', f'"seconds": {number}'))
    assert (reading.read(tmp_path).documents, len(reading.read(tmp_path).problems)) == ([], 1)


def test_bytes_that_are_no_text_a_folder_and_a_file_without_permission_are_named(tmp_path):
    put(tmp_path, "good")
    (tmp_path / "a.json").write_bytes(b"\xff\xfe{")
    (tmp_path / "b.json").mkdir()
    (tmp_path / "c.json").symlink_to("nowhere")
    found = reading.read(tmp_path)
    assert len(found.documents) == 1
    assert [problem.partition(": ")[2] for problem in found.problems] == [
        "it is no UTF-8 text", "it cannot be read: Is a directory", "it cannot be read: No such file or directory",
    ]  # fmt: skip


def test_a_file_larger_than_any_result_is_not_read(tmp_path):
    put(tmp_path)
    with (tmp_path / "x.json").open("r+b") as file:
        os.truncate(file.fileno(), 10**12)
    assert "larger than 64 MiB" in reading.read(tmp_path).problems[0]


def test_a_copy_beside_the_original_counts_once(tmp_path):
    put(tmp_path, "LT-1")
    put(tmp_path, "LT-1 (copy)")
    found = reading.read(tmp_path)
    assert len(found.documents) == 1
    assert "is of the same host" in found.problems[0]


@pytest.mark.parametrize("missing", ["not_proved", "not_reached", "groups", "resources", "run"])
def test_what_earlier_versions_did_not_write_is_empty(tmp_path, missing):
    put(tmp_path)
    file = tmp_path / "x.json"
    file.write_text(json.dumps({key: value for key, value in json.loads(file.read_text()).items() if key != missing}))
    (one,) = reading.read(tmp_path).documents
    assert not one[missing]


def test_a_folder_somebody_made_is_never_the_newest_run(tmp_path):
    for name in ("2026-11-21T09-14-05-7f3a9c21", "zzz a copy", "empty"):
        (tmp_path / name).mkdir()
        if name != "empty":
            put(tmp_path / name)
    assert reading.newest(tmp_path).name == "2026-11-21T09-14-05-7f3a9c21"
    assert reading.newest(tmp_path / "empty") is None


@pytest.mark.parametrize("ended", ["", "yesterday", "2026-13-45", "9999-12-31T23:59:59-23:00", "\ud800"])
def test_an_end_that_is_no_time_is_none(ended):
    assert reading.ended({"run": {"ended": ended}}) is None


@pytest.mark.parametrize("moments", [(0.1, 0.2, 0.9), (0.9, 0.1, 0.2), (0.2, 0.9, 0.1)])
def test_runs_that_ended_within_a_second_are_told_in_the_order_in_which_they_ended(tmp_path, moments):
    for number, moment in enumerate(moments):
        ended = f"2026-11-21T11:00:00.{int(moment * 10)}00000+01:00"
        put(tmp_path / f"2026-11-21T10-00-00-{number}a", run=RUN | {"ended": ended})
        (tmp_path / f"2026-11-21T10-00-00-{number}a" / "a.json").write_text("{")
    put(tmp_path / "2026-11-21T10-00-01-0", run=RUN | {"ended": "2026-11-21T10:00:01+00:00"})
    put(tmp_path / "2026-11-21T10-00-00-ff", run={})  # it does not tell
    *order, last = (one.name for one in reading.runs(tmp_path))
    assert last.endswith("01-0")
    assert order == ["2026-11-21T10-00-00-ff", *(f"2026-11-21T10-00-00-{moments.index(one)}a" for one in sorted(moments))]


def test_runs_are_read_up_to_a_number_up_to_one_of_them_and_since_a_time(tmp_path):
    folders = fleet_results.write(tmp_path, 3, 5)
    names = [folder.name for folder in folders]
    assert [one.name for one, _ in history.read(tmp_path, most=2).runs] == names[3:]
    assert [one.name for one, _ in history.read(tmp_path, most=2, last=names[2]).runs] == names[1:3]
    since = reading.ended({"run": {"ended": "2026-11-03T00:00:00Z"}})
    assert [one.name for one, _ in history.read(tmp_path, since=since).runs] == names[2:]


def test_a_host_that_was_converged_and_changed_again_has_drifted():
    def run(*outcomes):
        changes = [("wslconfig", ".wslconfig memory: 9GB → 8GB")]
        return [
            fleet_results.document(f"LT-{number}", RUN, outcome=outcome, changes=changes if changed else ())
            for number, (outcome, changed) in enumerate(outcomes)
        ]

    first = run(("converged", True), ("converged", False), ("deferred", False), ("converged", False))
    between = run(("converged", False), ("offline", False), ("deferred", False), ("converged", False))
    last = run(("converged", True), ("converged", True), ("converged", True), ("converged", False))
    points = history.points([(Path("a"), first), (Path("b"), between), (Path("c"), last)])
    assert [(one.changed, one.drifted) for one in points] == [(1, 0), (0, 0), (3, 2)]


def test_differences_name_the_place_and_are_bounded():
    old = {"wsl": {"version": "2.4.13", "services": {"WSLService": "automatic"}}, "list": [{"a": 1}], "gone": []}
    new = {"wsl": {"version": "2.6.1", "services": {"WSLService": "automatic"}}, "list": [{"a": 2}], "more": {}}
    assert history.differences(old, new, 10) == [
        ("wsl.version", "2.4.13", "2.6.1"), ("list.0.a", 1, 2), ("gone", [], None), ("more", None, {}),
    ]  # fmt: skip
    assert len(history.differences({}, {str(one): one for one in range(1000)}, 20)) == 20


def test_of_many_runs_only_what_is_told_is_kept(tmp_path):
    fleet_results.write(tmp_path, 2, 4)
    kept = [[sorted(one) for one in run] for _, run in history.read(tmp_path, slim=True).runs]
    whole = [[sorted(one) for one in run] for _, run in history.read(tmp_path).runs]
    little = sorted(["host", "outcome", "run", "changes", "groups"])
    assert kept == [[little] * 2, [little] * 2, [sorted([*little, "before"])] * 2, whole[-1]]
    assert history.points(history.read(tmp_path, slim=True).runs) == history.points(history.read(tmp_path).runs)
