"""The page as it is written: self-contained, its numbers right, and nothing that a laptop says is more than a text."""

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from support import fleet_results
from support.fleet_results import document

from pyinfra_wsl.report import history, page, reading
from pyinfra_wsl.report.page import blocks, compliance

RUN = {"id": "7f3a", "ended": "2026-11-21T10:00:00+00:00", "holder": "ada@control"}
HOSTILE = "</script><img src=x onerror=alert(1)>\"'&<!--\x1b[2J\u202e\ud800"


class Reader(HTMLParser):
    """The page's elements, and its scripts by their ids."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts, self.styles, self.text, self.inside = [], {}, [], [], None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.inside = (tag, dict(attrs).get("id", ""))

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self.inside = None

    def handle_data(self, data):
        if not self.inside:
            self.text.append(data)
        elif self.inside[0] == "style":
            self.styles.append(data)
        else:
            self.scripts[self.inside[1]] = self.scripts.get(self.inside[1], "") + data


def made(*documents, runs=None, problems=()):
    return page.made(documents, [(Path("r"), documents)] if runs is None else runs, "results/r", problems).decode()


def details(reader):
    packed = [text for name, text in reader.scripts.items() if name.startswith("packed-")]
    return [one for text in packed for one in json.loads(gzip.decompress(base64.b64decode(text)))]


def hostile():
    """Return a host of which every text is hostile."""
    one = document(
        HOSTILE, dict.fromkeys(RUN, HOSTILE), groups=[HOSTILE], outcome="failed",
        failures=[(HOSTILE, HOSTILE, HOSTILE, f"0x80070005{HOSTILE}")], deferred=[("wsl", HOSTILE, HOSTILE, HOSTILE)],
        changes=[("wsl", HOSTILE)], before={HOSTILE: {HOSTILE: [HOSTILE]}},
    )  # fmt: skip
    texts = [{"resource": HOSTILE, "text": HOSTILE}]
    parts = {HOSTILE: {"words": HOSTILE, "known": True}}
    return {**one, "warnings": texts, "not_proved": texts, "not_reached": [HOSTILE], "resources": parts}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    root = tmp_path_factory.mktemp("fleet")
    fleet_results.write(root, 120, 3)
    told = history.read(root)
    return told.runs, Reader(page.made(told.runs[-1][1], told.runs, "results/x").decode())


def test_the_page_lets_a_browser_do_nothing_but_its_own_script(fleet):
    _, reader = fleet
    (policy,) = [at["content"] for tag, at in reader.elements if tag == "meta" and at.get("http-equiv")]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for text in (reader.scripts[""], reader.styles[0]):
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy


def test_the_page_needs_nothing_from_anywhere(fleet):
    _, reader = fleet
    loads = [(tag, at) for tag, at in reader.elements for name in at if name in ("src", "srcset", "data", "action", "style")]
    assert loads == []
    links = {at["href"] for _, at in reader.elements if "href" in at}
    assert {link for link in links if not link.startswith("#")} == set()
    assert not {tag for tag, _ in reader.elements} & {"link", "iframe", "object", "embed", "base"}
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", reader.scripts[""] + reader.styles[0])
    assert not re.search(r"\beval\b|innerHTML|outerHTML|insertAdjacent|document\.write|new Function", reader.scripts[""])


def test_nothing_that_a_laptop_says_is_more_than_a_text():
    text = made(hostile(), document("LT-2", RUN))
    reader = Reader(text)
    assert "img" not in {tag for tag, _ in reader.elements}
    assert not [at for _, at in reader.elements for name in at if name.startswith("on")]
    assert [tag for tag, _ in reader.elements].count("script") == 3
    assert "\x1b" not in text
    assert "\u202e" not in text
    said = "</script><img src=x onerror=alert(1)>\"'&<!--\\x1b[2J\\u202e\\ud800"
    assert "".join(reader.text).count(said) > 10
    first, _ = json.loads(reader.scripts["index"])["hosts"]
    assert first[0] == said
    (one, _) = details(reader)
    assert one["failures"][0] == {"resource": said, "cause": said, "remedy": said, "code": f"0x80070005{said}", "too": []}
    assert one["before"] == {said: {said: [said]}}


def test_all_numbers_are_those_of_the_results(fleet):
    runs, reader = fleet
    documents = runs[-1][1]
    text = re.sub(r"\s+", " ", "".join(reader.text))
    converged = sum(one["outcome"] == "converged" for one in documents)
    assert f"{converged} of 120 hosts converged" in text
    index = json.loads(reader.scripts["index"])
    assert [row[0] for row in index["hosts"]] == [one["host"] for one in documents]
    assert [index["outcomes"][row[1]] for row in index["hosts"]] == [one["outcome"] for one in documents]
    assert [one["host"] for one in details(reader)] == [one["host"] for one in documents]
    links = [at["href"] for tag, at in reader.elements if tag == "a" and at["href"].startswith("#/hosts?cause=")]
    assert {int(link.partition("=")[2]) for link in links} == set(range(len(index["causes"])))


def test_what_is_said_of_a_host_holds_before_changes_after_and_its_runs(fleet):
    runs, reader = fleet
    (one,) = [found for found in details(reader) if found["host"] == "LT-0100"]
    assert [name for name, _, _ in one["settings"]] == list(fleet_results.SETTINGS.values())
    assert [outcome for _, outcome, _ in one["runs"]] == [
        document["outcome"] for _, run in runs for document in run if document["host"] == "LT-0100"
    ]
    assert one["before"]["windows"]["computer"] == "LT-0100"


def test_what_differs_from_the_run_before_is_told():
    first = document("LT-1", RUN, before={"wsl": {"version": "2.4.13", "kind": "package"}})
    second = document("LT-1", {**RUN, "id": "8"}, before={"wsl": {"version": "2.6.1", "kind": "package"}})
    (one,) = details(Reader(made(second, runs=[(Path("a"), [first]), (Path("b"), [second])])))
    assert one["since"] == [RUN["ended"], [["wsl.version", "2.4.13", "2.6.1"]]]
    (alone,) = details(Reader(made(second)))
    assert alone["since"] is None


@pytest.mark.parametrize(
    ("noted", "state"),
    [
        ({}, "as declared"),
        ({"changes": [{"resource": "wsl", "words": "WSL", "sentence": "s"}]}, "changed"),
        ({"deferred": [{"resource": "wsl", "sentence": "s", "waits_for": "reboot", "reason": "r"}]}, "waits"),
        ({"failures": [{"resource": "wsl", "cause": "c", "remedy": "r"}]}, "failed"),
        ({"failures": [{"resource": "wslconfig", "cause": "c", "remedy": "r"}]}, "as declared"),
        ({"not_reached": ["WSL | Package"]}, "not known"),
        ({"resources": {"wsl": {"words": "WSL", "known": False}}}, "not known"),
        ({"resources": {"wsl": {"words": "WSL"}}}, "not known"),
        ({"resources": {}}, ""),
        ({"resources": {}, "changes": [{"resource": "wsl", "words": "WSL", "sentence": "s"}]}, "changed"),
        ({"resources": {}, "outcome": "failed", "changes": [{"resource": "wsl", "words": "WSL", "sentence": "s"}]}, "not known"),
    ],
)
def test_unknown_is_never_as_declared(noted, state):
    assert compliance.state({**document("LT-1", RUN), **noted}, "wsl") == state


def test_only_all_are_a_hundred_percent():
    documents = [document(f"LT-{number}", RUN) for number in range(999)]
    documents.append(document("LT-999", RUN, outcome="failed", failures=[("wsl", "c", "r", "")]))
    rows = {row.name: row.percent() for row in compliance.by_setting(documents)}
    assert (rows["WSL"], rows[".wslconfig"]) == (99, 100)


def test_results_of_earlier_versions_make_a_page(tmp_path):
    old = {key: value for key, value in document("LT-1", RUN).items() if key not in ("groups", "resources", "run")}
    (tmp_path / "x.json").write_text(json.dumps(old))
    reader = Reader(made(*reading.read(tmp_path).documents))
    text = "".join(reader.text)
    assert "These results do not tell what is declared" in text
    assert "No host here is in a group" in text
    assert "do not tell when they were made" in text


def test_what_could_not_be_used_is_named_up_to_some():
    text = made(document("LT-1", RUN), problems=[f"r/{number}.json: <b>" for number in range(50)])
    assert "r/19.json: &lt;b&gt;" in text
    assert "and 30 more files" in text


@pytest.mark.parametrize("before", [[[]] * 3, "text", 5, None, {"a": None}, {"": {"": ""}}])
def test_whatever_was_found_is_carried(before):
    (one,) = details(Reader(made(document("LT-1", RUN, before=before))))
    assert one["before"] == before


def test_what_is_nested_deeper_than_any_result_is_cut_off_and_too_much_left_out():
    deep = []
    for _ in range(900):
        deep = [deep]
    large = {str(number): "n" * 1000 for number in range(2000)}
    one, other = details(Reader(made(document("LT-1", RUN, before=deep), document("LT-2", RUN, before=large))))
    assert "…" in json.dumps(one["before"], ensure_ascii=False)
    assert other["before"] == "too much to be shown here; it stands in the result"


def test_no_hosts_make_a_page_too():
    assert "None of 0 hosts converged" in made()


def test_five_thousand_hosts_are_a_file_that_can_be_mailed(tmp_path):
    (folder,) = fleet_results.write(tmp_path, 5000)
    documents = reading.read(folder).documents
    assert len(page.made(documents, [(folder, documents)], "r")) < 6 * 2**20


def test_json_in_a_page_ends_no_element():
    assert not set("<>&") & set(blocks.embedded({HOSTILE: [HOSTILE, "\u2028"]}))
    assert json.loads(blocks.embedded({"a": HOSTILE})) == {"a": HOSTILE}
