"""The section ``rollout`` of a fleet file, ``site`` and ``time_zone``: every mistake with its line and the right form."""

import pytest
from fleet_files import problems, written

from pyinfra_wsl import fleet

FLEET = """\
groups: {it: {}, sales: {}, empty: {}}
hosts:
  LT-[0001:0010]: {groups: [sales], site: fra, time_zone: Europe/Berlin}
  IT-1: {groups: [it], site: ber, time_zone: Europe/Berlin}
rollout:
"""
RINGS = """\
  rings:
    - {name: pilot, groups: [it], gate: {converged: 100%, approve: true}}
    - {name: early, percent: 10}
    - {name: broad, size: 500}
    - {name: rest}
"""
WHOLE = (
    RINGS
    + """\
  gate: {converged: 95%, verify: true, new_failures: stop, approve: false, wait: 2h}
  windows: [{days: [mon, tue, wed, thu, fri], from: "18:00", to: "22:00"}, {from: 22:00, to: 06:00}]
  retry: {first: 10m, longest: 4h, until: 7d}
  per_site: 20
  shard: 50
  notify: {command: [/usr/local/bin/tell]}
  seed: 2026-q4
"""
)


def said(tmp_path, section, text=FLEET):
    return problems(written(tmp_path, text + section))


def only(tmp_path, section, text=FLEET):
    (line,) = said(tmp_path, section, text)
    return line


def test_a_whole_section_is_read(tmp_path):
    found = fleet.load(written(tmp_path, FLEET + WHOLE))
    assert found.rollout["rings"][1] == {"name": "early", "percent": 10}
    assert found.remarks == ()
    assert found.hosts["LT-0007"].data["site"] == "fra"


@pytest.mark.parametrize("text", ["hosts: {A: {}}\n", "hosts: {A: {}}\nrollout:\n", "hosts: {A: {}}\nrollout: null\n"])
def test_a_fleet_without_it_stays_as_it_was(tmp_path, text):
    found = fleet.load(written(tmp_path, text))
    assert (found.rollout, found.remarks) == (None, ())
    assert found.hosts["A"].data == {"os": "windows"}


def test_nulls_are_as_if_nothing_was_written(tmp_path):
    found = fleet.load(written(tmp_path, FLEET + "  rings: null\n  gate: {wait: null}\n  windows: null\n"))
    assert found.rollout == {"gate": {}}


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("  rings: [{name: a, groups: [itt]}, {name: rest}]", "rings[0].groups[0]: no such group 'itt'; did you mean it?"),
        (
            "  rings: [{name: a, groups: [finance]}, {name: rest}]",
            "rings[0].groups[0]: no such group 'finance'; the groups are empty, it, sales",
        ),
        ("  rings: [{name: a, groups: it}, {name: rest}]", "rings[0].groups: 'it' is not a list; write [it]"),
        (
            "  rings: [{name: a, hosts: [LT-0001, IT1]}, {name: rest}]",
            "rings[0].hosts[1]: no such host 'IT1'; did you mean IT-1?",
        ),
        (
            "  rings: [{name: a, hosts: ['LT-[0008:0012]']}, {name: rest}]",
            "rings[0].hosts[0]: no such host 'LT-0011' and 1 more; did you mean LT-0010?",
        ),
        (
            "  rings: [{name: a, hosts: ['LT-[9:2]']}, {name: rest}]",
            "rings[0].hosts[0]: [9:2] ends before it begins; write [2:9]",
        ),
        (
            "  rings: [{name: a, percent: 60}, {name: b, percent: 50}, {name: rest}]",
            "rings[1].percent: with the rings before it, this is 110 % of the fleet; let all together be 100 at most",
        ),
        (
            "  rings: [{name: a, groups: [it]}, {name: b, size: 3}]",
            "rings: leave out who is in none of them; write as the last one: - name: rest",
        ),
        (
            "  rings: [{name: all}, {name: b, size: 3}]",
            "rings[0]: takes all that are left, so that nobody is left for the rings behind it; put it last, or give it groups, "
            "hosts, percent or size",
        ),
        (
            "  rings: [{name: a, groups: [it], percent: 3}, {name: rest}]",
            "rings[0].percent: cannot be beside groups; make two rings of it",
        ),
        (
            "  rings: [{name: a, percent: 3, size: 3}, {name: rest}]",
            "rings[0].size: cannot be beside percent; make two rings of it",
        ),
        ("  rings: [{name: a, percent: 0}, {name: rest}]", "rings[0].percent: 0 % is nobody; write more, or leave the ring out"),
        ("  rings: [{name: a, size: 1}, {name: A}]", "rings[1].name: 'a' is the name of another ring, in line 6; keep one"),
        (
            "  rings: [{name: a, groups: [it]}, {name: b, groups: [sales, it]}, {name: rest}]",
            "rings[1].groups[1]: 'it' belongs to another ring already, in line 6; keep one",
        ),
        ("  rings: [{name: 1}]", 'rings[0].name: 1 is a number or truth value, where text is meant; write it in quotes: "1"'),
        ("  rings: [{size: 1}, {name: rest}]", "rings[0].name: is missing"),
        ("  rings: []", "rings: is an empty list; write at least one item"),
        (
            "  rings: [pilot]",
            "rings[0]: 'pilot' is not a mapping; write keys with a colon below it; they are name, groups, hosts, percent, size, "
            "gate",
        ),
        (
            "  rings: [{name: a, percent: 0.1}, {name: rest}]",
            "rings[0].percent: 0.1 is no more than one percent; write 10%, or 0.1% where that is meant",
        ),
        (
            "  rings: [{name: a, percent: many}, {name: rest}]",
            "rings[0].percent: 'many' is no percentage; write a number from 0 to 100, as 10 or 10%",
        ),
        ("  rings: [{name: a, size: 0}, {name: rest}]", "rings[0].size: 0 is too small; the least is 1"),
        (
            "  gate: {converged: 0.95}",
            "gate.converged: 0.95 is no more than one percent; write 95%, or 0.95% where that is meant",
        ),
        ("  gate: {converged: 1.0}", "gate.converged: 1.0 is no more than one percent; write 100%, or 1.0% where that is meant"),
        ("  gate: {wait: 2}", "gate.wait: 2 has no unit; write 2s, 2m, 2h or 2d"),
        ("  gate: {wait: 2 hours}", "gate.wait: '2 hours' is no length of time; write 2h"),
        ("  gate: {aprove: true}", "gate.aprove: no such key; did you mean approve?"),
        ("  gate: {approve: yes}", "gate.approve: 'yes' is not true or false; write true or false without quotes"),
        ("  gate: {new_failures: stpo}", "gate.new_failures: 'stpo' is not one of stop, ignore; did you mean stop?"),
        (
            "  rings: [{name: a, gate: {wait: soon}}]",
            "rings[0].gate.wait: 'soon' is no length of time; write a number and its unit, as 90s, 10m, 4h, 7d or 1h30m",
        ),
        (
            "  windows: [{from: 1080, to: '22:00'}]",
            'windows[0].from: 1080 is a number, where a time of day is meant; write "18:00", in quotes',
        ),
        (
            "  windows: [{from: 18:00, to: 10pm}]",
            "windows[0].to: '10pm' is no time of day, where a time of day is meant; write \"22:00\", in quotes",
        ),
        (
            "  windows: [{from: '24:00', to: '02:00'}]",
            "windows[0].from: '24:00' is no time of day, where a time of day is meant; write \"18:00\", in quotes",
        ),
        (
            "  windows: [{days: [mo], from: '1:00', to: '2:00'}]",
            "windows[0].days: 'mo' is no day of the week; write mon, tue, wed, thu, fri, sat, sun, or mon-fri",
        ),
        (
            "  windows: [{days: 1, from: '1:00', to: '2:00'}]",
            "windows[0].days: 1 is no day of the week; write mon, tue, wed, thu, fri, sat, sun, or mon-fri",
        ),
        ("  windows: [{from: '1:00'}]", "windows[0].to: is missing"),
        (
            "  windows: {from: '1:00', to: '2:00'}",
            "windows: a mapping is not a list; write each item in a line of its own, behind a dash",
        ),
        ("  retry: {first: 10 minutes}", "retry.first: '10 minutes' is no length of time; write 10m"),
        ("  retry: {first: 0}", "retry.first: 0 is too short; the least is 1s"),
        ("  retry: {longest: 5m}", "retry.longest: the longest wait is shorter than the first; write 10m or more"),
        (
            "  retry: {first: 1h, until: 30m}",
            "retry.until: nobody would be tried again before it; write 1h or more, or 0s for no tries",
        ),
        ("  retry: {until: 400d}", "retry.until: '400d' is too long; the most is 365d"),
        ("  per_site: 0", "per_site: 0 is too small; the least is 1"),
        ("  per_site: '20'", "per_site: '20' is text, where a whole number is meant; write 20 without quotes"),
        ("  shard: 5000", "shard: 5000 is too large; the most is 60"),
        ("  notify: {}", "notify.command: is missing"),
        ("  notify: {command: tell}", "notify.command: 'tell' is not a list; write [tell]"),
        ("  ring: []", "ring: no such key; did you mean rings?"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_the_right_form(tmp_path, section, expected):
    assert only(tmp_path, section) == f"fleet.yml:6: rollout.{expected}"


def test_all_mistakes_are_told_at_once(tmp_path):
    lines = said(
        tmp_path, "  rings:\n  - {name: a, percent: x}\n  - {name: b}\n  gate: {wait: 2}\n  retry: {first: x}\n  per_site: x\n"
    )
    assert [one.split(":")[1] for one in lines] == ["7", "9", "10", "11"]


def test_mistakes_of_a_machine_do_not_hide_its_name(tmp_path):
    text = FLEET.replace("IT-1: {", "IT-1: {snapshot_ttl: x, ")
    assert only(tmp_path, "  rings: [{name: a, hosts: [IT-1]}, {name: rest}]", text).startswith(
        "fleet.yml:4: hosts.IT-1.snapshot_ttl"
    )


@pytest.mark.parametrize(
    "section",
    [
        "retry: {first: 1s, longest: 1s, until: 1s}",
        "retry: {longest: 10m, until: 10m}",
        "retry: {until: 0}",
        "rings: [{name: a, groups: [it]}, {name: b, percent: 100}, {name: rest}]",
        "rings: [{name: a, groups: [it], hosts: [LT-0001]}, {name: b, percent: 99.5}, {name: c, percent: 0.5%}]",
        "gate: {converged: 0, wait: 0s}",
        "windows: [{days: weekend, from: 0:00, to: 24:00}]",
    ],
)
def test_what_is_at_the_border_is_taken(tmp_path, section):
    assert fleet.load(written(tmp_path, FLEET + f"  {section}\n")).remarks == ()


def test_percentages_are_at_most_all(tmp_path):
    line = only(tmp_path, "  rings: [{name: a, percent: 99.5}, {name: b, percent: 0.6%}, {name: rest}]")
    assert "rings[1].percent: with the rings before it, this is 100.1 % of the fleet" in line


def test_percentages_that_are_all_need_no_rest(tmp_path):
    assert fleet.load(written(tmp_path, FLEET + "  rings: [{name: a, percent: 30}, {name: b, percent: 70%}]")).rollout


def test_a_section_may_stand_in_one_file_of_a_folder_or_in_several(tmp_path):
    written(tmp_path, hosts="hosts: {A: {}}\n", rings="rollout:\n  rings: [{name: rest}]\n", more="rollout: {per_site: 3}\n")
    assert fleet.load(tmp_path).rollout == {"per_site": 3, "rings": [{"name": "rest"}]}


def test_a_key_of_it_that_stands_in_two_files_is_told_with_both(tmp_path):
    written(tmp_path, a="hosts: {A: {}}\nrollout: {per_site: 3}\n", b="rollout:\n  per_site: 4\n")
    assert problems(tmp_path) == ["b.yml:2: rollout.per_site: is declared twice, also in line 2 of a.yml; keep one"]


def test_a_folders_mistakes_name_their_file(tmp_path):
    written(tmp_path, a="hosts: {A: {}}\n", b="rollout:\n  rings:\n  - {name: a, groups: [no]}\n  - {name: rest}\n")
    assert problems(tmp_path) == ["b.yml:3: rollout.rings[0].groups[0]: no such group 'no'; name one that stands below groups:"]


def test_machines_that_a_command_names_are_not_missed_before_it_was_asked(tmp_path):
    file = written(tmp_path, "hosts_from: {command: [echo, B]}\nrollout:\n  rings: [{name: a, hosts: [B]}, {name: rest}]\n")
    assert fleet.load(file, ask=False).rollout
    assert fleet.load(file).rollout
    assert only(
        tmp_path, "  rings: [{name: a, hosts: [C]}, {name: rest}]", "hosts_from: {command: [echo, B]}\nrollout:\n"
    ).startswith("fleet.yml:3: rollout.rings[0].hosts[0]: no such host 'C'")


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (
            "  windows: [{from: '18:00', to: '18:10'}]",
            "windows[0]: is 10 minutes long: who is begun in it goes on to their end, and few can be begun",
        ),
        ("  rings: [{name: a, groups: [empty]}, {name: rest}]", "rings[0]: has no machine: nobody is in its groups"),
    ],
)
def test_what_may_be_meant_is_only_noted(tmp_path, section, expected):
    found = fleet.load(written(tmp_path, FLEET + section))
    assert [one.rpartition("/")[2] for one in found.remarks] == [f"fleet.yml:6: note: rollout.{expected}"]
    assert list(found.remarks) == fleet.notes(found, found.hosts.values())


@pytest.mark.parametrize("window", ["{from: '18:00', to: '18:30'}", "{from: '23:50', to: '00:30'}", "{from: '9:00', to: '9:00'}"])
def test_a_window_of_half_an_hour_is_none_to_be_noted(tmp_path, window):
    assert fleet.load(written(tmp_path, FLEET + f"  windows: [{window}]")).remarks == ()


def test_machines_without_a_site_or_zone_are_noted_where_that_matters(tmp_path):
    text = "hosts:\n  A: {site: fra, time_zone: UTC}\n  B[1:5]: {}\nrollout:\n"
    found = fleet.load(written(tmp_path, text + "  per_site: 3\n  windows: [{from: '1:00', to: '3:00'}]\n"))
    assert [one.partition("note: rollout.")[2] for one in found.remarks] == [
        "per_site: B1, B2, B3 and 2 more: no site is declared, so any number of them is worked on at once",
        "windows: B1, B2, B3 and 2 more: no time_zone is declared, so that of the machine from which it is rolled out counts",
    ]
    assert fleet.load(written(tmp_path, "hosts: {A: {}}\nrollout:\n  windows: [{from: '1:00', to: '3:00'}]\n")).remarks == ()


# site and time_zone


def test_site_and_time_zone_are_inherited_and_removed_like_all_else(tmp_path):
    text = "defaults: {site: fra, time_zone: Europe/Berlin}\ngroups: {us: {time_zone: America/New_York}}\n"
    text += "hosts:\n  A: {}\n  B: {groups: [us]}\n  C: {groups: [us], site: null, time_zone: null}\n  L: {os: linux}\n"
    found = fleet.load(written(tmp_path, text)).hosts
    assert [(one.data.get("site"), one.data.get("time_zone")) for one in found.values()] == [
        ("fra", "Europe/Berlin"), ("fra", "America/New_York"), (None, None), ("fra", "Europe/Berlin"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "defaults:\n  time_zone: W. Europe Standard Time\nhosts: {A: {}, B: {}}\n",
            "2: defaults.time_zone: 'W. Europe Standard Time' is Windows' name of a time zone; write Europe/Berlin",
        ),
        (
            "groups:\n  g: {time_zone: Berlin}\nhosts: {A: {groups: [g]}}\n",
            "2: groups.g.time_zone: 'Berlin' is no time zone that this machine knows; did you mean Europe/Berlin?",
        ),
        (
            "hosts:\n  A: {time_zone: 1}\n",
            '2: hosts.A.time_zone: 1 is a number or truth value, where text is meant; write it in quotes: "1"',
        ),
        ("hosts:\n  A: {time_zone: ''}\n", "2: hosts.A.time_zone: is empty; write a value, or null to remove an inherited one"),
        ("hosts:\n  A: {timezone: UTC}\n", "2: hosts.A.timezone: no such key; did you mean time_zone?"),
        (
            "hosts:\n  A: {site: 12}\n",
            '2: hosts.A.site: 12 is a number or truth value, where text is meant; write it in quotes: "12"',
        ),
        (
            "hosts:\n  A: {site: ' x'}\n",
            "2: hosts.A.site: ' x' is not a site's name; write up to 100 characters without blanks around them",
        ),
    ],
)
def test_what_is_no_site_or_zone_is_told_once_where_it_stands(tmp_path, text, expected):
    assert problems(written(tmp_path, text)) == [f"fleet.yml:{expected}"]
