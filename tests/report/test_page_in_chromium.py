"""The page in a real browser: quick, quiet, by keyboard, accessible in every light, and deaf to what laptops say."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from support import chromium, fleet_results
from support.fleet_results import document
from support.rollout_standings import NOW, events, usual
from test_report_page import HOSTILE, hostile

from pyinfra_wsl.report import course, history, page
from pyinfra_wsl.rollout.gate import Verdict
from pyinfra_wsl.rollout.model import Ring
from pyinfra_wsl.rollout.watch import page as watched
from pyinfra_wsl.rollout.watch import waits
from pyinfra_wsl.rollout.watch.happened import Happened

pytestmark = pytest.mark.skipif(chromium.PROGRAM is None, reason=chromium.MISSING)

AXE = Path(__file__).parent / "axe" / "axe.min.js.gz"  # axe-core 4.14.1 by Deque, Mozilla Public License 2.0
VIOLATIONS = """axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations.map(
    one => `${one.id}: ${one.nodes.map(node => node.html.slice(0, 200)).join(" ")}`))"""
RUN = {"id": "7f3a", "ended": "2026-11-21T10:00:00+00:00", "holder": "ada@control"}
LIGHTS = {"light": {}, "dark": {"dark": True}, "phone": {"width": 360, "height": 740}, "print": {"print": True, "width": 720}}
ROWS = "document.querySelectorAll('#list tbody tr').length"


@pytest.fixture(scope="module")
def browser():
    with chromium.Chromium() as found:
        yield found


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    root = tmp_path_factory.mktemp("fleet")
    fleet_results.write(root, 240, 4)
    told = history.read(root)
    path = root / "fleet.html"
    documents = [*told.runs[-1][1], {**hostile(), "host": "LT-HOSTILE"}]
    path.write_bytes(page.made(documents, told.runs, "results/x", ["x.json: it has no host"], rollouts(root)))
    return path.as_uri()


def rollouts(root):
    """Return two rollouts, one of them with nothing but hostile words."""
    ring = replace(usual().rings[0], ring=Ring(HOSTILE), approved=HOSTILE)
    hostile_ = replace(usual(), rings=(ring, *usual().rings[1:]), inventory=HOSTILE, holder=HOSTILE, why=HOSTILE, stage="paused")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waits.gate, "judge", lambda *_: Verdict(False, False, (HOSTILE,), ""))
        for name, one in (("1", usual()), ("2", hostile_)):
            assert watched.write(root / name, one, [*events(), Happened(NOW, HOSTILE, 0, HOSTILE)], NOW) == ""
    return course.all_of([root / "1", root / "2"])[0]


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("place", ["", "#/host/LT-0007", "#/host/LT-HOSTILE"])
def test_the_page_is_accessible_and_quiet(browser, fleet, light, place):
    browser.open(fleet + place, **LIGHTS[light])
    browser.until("document.querySelector('#host h1')" if "host/" in place else ROWS)
    browser.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert browser.run("document.documentElement.scrollWidth - innerWidth") <= 0, "it scrolls sideways"
    assert browser.said() == []
    assert browser.asked() == []
    browser.run(gzip.decompress(AXE.read_bytes()).decode())
    assert browser.run(VIOLATIONS) == []


def test_nothing_that_a_laptop_says_is_carried_out(browser, tmp_path):
    documents = [hostile(), document("LT-2", RUN)]
    path = tmp_path / "hostile.html"
    path.write_bytes(page.made(documents, [(tmp_path, documents)], HOSTILE, [HOSTILE]))
    browser.open(path.as_uri())
    browser.run("window.alert = () => { window.harmed = true; }")
    browser.run("document.querySelector('#list tbody a').click()")
    browser.until("document.querySelector('#host h2')")
    browser.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert browser.run("document.querySelectorAll('img').length") == 0
    assert browser.run("Boolean(window.harmed)") is False
    assert "<img src=x onerror=alert(1)>" in browser.run("document.querySelector('#host h1').textContent")
    assert browser.said() == []


def test_a_script_that_got_in_is_not_carried_out(browser, fleet):
    browser.open(fleet)
    browser.run(
        "{ const one = document.createElement('script'); one.append('window.harmed = 1');"
        " try { document.body.append(one); } catch { /* it is refused either way */ } }"
    )
    assert browser.run("window.harmed === undefined")
    assert browser.run("(() => { try { document.body.innerHTML = '<p>'; return false; } catch { return true; } })()")
    assert browser.run("(() => { try { return Boolean(eval('1')) && false; } catch { return true; } })()")


def test_hosts_are_found_by_name_words_outcome_group_and_cause(browser, fleet):
    browser.open(fleet)
    assert browser.run("document.getElementById('number').textContent") == "241 hosts, the first 100 shown"
    browser.run("document.getElementById('more').click()")
    assert browser.run(ROWS) == 200
    assert browser.run("document.activeElement.textContent") == "LT-0101"
    browser.run(
        "{const one = document.getElementById('f-name'); one.value = 'user logon'; one.dispatchEvent(new Event('input'));}"
    )
    browser.until(f"{ROWS} < 100")
    assert browser.run("[...document.querySelectorAll('#list tbody tr')].every(row => row.textContent.includes('user logon'))")
    found = browser.run(ROWS)
    browser.run("document.querySelector('.waits .names a[href*=cause]').click()")
    browser.until("!document.getElementById('because').hidden")
    assert browser.run(ROWS) == found
    assert "waits for user logon" in browser.run("document.getElementById('because').textContent")
    browser.run("document.querySelector('#filter button').click()")
    browser.until(f"{ROWS} === 100")
    browser.run("document.querySelector('#settings td.n a[href*=\"state=f\"]').click()")
    browser.until(f"{ROWS} < 100")
    assert browser.run("document.activeElement.id") == "h-hosts"


def test_the_list_is_sorted_as_asked_and_says_so(browser, fleet):
    browser.open(fleet)
    column = "[...document.querySelectorAll('#list tbody tr')].map(row => Number(row.cells[4].textContent))"
    browser.run("document.querySelectorAll('#list th button')[2].click()")
    found = browser.run(column)
    assert found == sorted(found)
    browser.run("document.querySelectorAll('#list th button')[2].click()")
    found = browser.run(column)
    assert found == sorted(found, reverse=True)
    sorts = browser.run("[...document.querySelectorAll('#list th[aria-sort]')].map(one => one.getAttribute('aria-sort'))")
    assert sorts == ["none", "none", "descending"]


def test_a_host_has_its_page_with_before_changes_and_after(browser, fleet):
    browser.open(fleet + "#/host/LT-0007")
    browser.until("document.querySelector('#host h2')")
    assert browser.run("document.activeElement.id") == "h-host"
    assert browser.run("document.title").startswith("LT-0007: ")
    assert browser.run("document.getElementById('fleet').hidden")
    assert browser.run("[...document.querySelectorAll('#host thead th')].map(one => one.textContent).slice(0, 4)") == [
        "Setting", "Before", "Changes", "After",
    ]  # fmt: skip
    browser.run("document.querySelector('#host .back').click()")
    browser.until("document.getElementById('host').hidden")
    assert browser.run(ROWS) == 100


def test_a_host_that_is_not_there_is_said(browser, fleet):
    browser.open(fleet + "#/host/%3Cb%3E%")
    browser.until("document.querySelector('#host h1')")
    assert "No host of this name" in browser.run("document.getElementById('host').textContent")
    browser.open(fleet + "#/hosts?outcome=99&group=-1&cause=x&setting=1&state=constructor&q=%25")
    browser.until("document.getElementById('number').textContent")
    assert browser.said() == []


def test_all_is_reached_by_keyboard_and_seen_there(browser, fleet):
    browser.open(fleet)
    seen, places = [], set()
    for _ in range(70):
        browser.key("Tab", 9)
        name, outline, box = browser.run(
            "(() => { const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();"
            "return [one.textContent.trim() || one.id, style.outlineStyle, box.width * box.height]; })()"
        )
        places.add(
            browser.run("document.activeElement.closest('nav, section')?.id || document.activeElement.closest('nav')?.tagName")
        )
        seen.append(name)
        assert outline != "none", f"who comes to {name} by keyboard does not see where they are"
        assert box > 1
    assert seen[0] == "Skip to the report"
    assert {"NAV", "overview", "causes", "settings"} <= places
    browser.open(fleet)
    browser.key("Tab", 9)
    browser.key("Enter", 13, "\r")
    browser.until("document.activeElement.id === 'main'")


def test_five_thousand_hosts_stay_quick(browser, tmp_path):
    fleet_results.write(tmp_path, 5000, 1)
    told = history.read(tmp_path)
    path = tmp_path / "fleet.html"
    path.write_bytes(page.made(told.runs[-1][1], told.runs, "results/x"))
    browser.open(path.as_uri())
    browser.until(ROWS)
    loaded = json.loads(browser.run("JSON.stringify(performance.getEntriesByType('navigation')[0])"))["duration"]
    assert loaded < 3000, "milliseconds; on a machine at rest it takes 200"
    filtered = browser.run(
        "(() => { const begun = performance.now(), one = document.getElementById('f-outcome'); one.value = '1';"
        "one.dispatchEvent(new Event('change')); document.body.offsetHeight; return performance.now() - begun; })()"
    )
    assert filtered < 500, "milliseconds; on a machine at rest it takes 30"
    assert browser.run("document.querySelectorAll('*').length") < 4000
