"""What a merge may do to somebody's file, for generated files and declarations: bring what is declared, and nothing else."""

import re
from dataclasses import replace

from hypothesis import strategies as st

from pyinfra_wsl.core.formats.ini import check, merge
from pyinfra_wsl.core.formats.ini.parse import NO_SECTION, decode, parse
from pyinfra_wsl.core.formats.ini.scan import Fault, Kind, scan

_HEADINGS = (Fault.SECTION, Fault.BRACKET, Fault.AFTER_SECTION)


def messy(sections, rows, broken):
    """Return files as people leave them: sections several times, in any case and broken; settings dormant, twice and broken.

    Args:
        sections: names of sections.
        rows: settings of any of them, as ``key=value``.
        broken: lines that the parser cannot read.

    """
    names = st.sampled_from([*sections, sections[0].upper()])
    row = st.one_of(st.sampled_from(rows), st.sampled_from([one.upper() if "=" not in one else one.title() for one in rows]))
    line = st.one_of(
        names.map("[{}]".format),
        row,
        row,
        st.builds("{}{}{}".format, st.sampled_from(["#", "# ", ";", " \t"]), row, st.sampled_from(["", " # why"])),
        st.builds("{}{}".format, st.sampled_from(["[", "[ ", "[x", "x["]), names),
        st.builds("[{}]{}".format, names, st.sampled_from([" ; c", " # c", "x"])),
        st.sampled_from(
            [*broken, "", "unknown=1", "# ü", "[other]", "x=a \\\n  b", "x=a \\\r\n  b", "x=\\", "#\r", "\r", "\ufeff"]
        ),
        st.sampled_from(['a="b', "no setting", "b=\\U", "c=\x1a", "d=\uffff", "é=1", "e=é", "[]", "="]),
    )
    ends = st.sampled_from(["\n"] * 6 + ["\r\n", "\r\n", "\r", ""])
    text = st.lists(st.tuples(line, ends), max_size=14).map(lambda found: "".join(one + end for one, end in found))
    codec = st.sampled_from(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "cp1252"])
    return st.builds(lambda one, name: one.encode(name, "replace"), text, codec)


def some(declared):
    """Return declarations of one to four of these settings, each a section, a key and its values."""
    one = st.sampled_from(declared).flatmap(lambda found: st.tuples(st.just(found[:2]), st.sampled_from(found[2])))
    return st.lists(one, min_size=1, max_size=4).map(_sections)


def _sections(found):
    settings = {}
    for (section, key), value in found:
        settings.setdefault(section, {})[key] = value
    return settings


def merged(old, declared, file):
    """Return the file with a declaration in force, the same bytes where that is so already."""
    new = merge.merge(parse(old, file), check.wanted(declared, file), file)
    return old if new is None else new


def hold_to(old, declared, file):
    """Hold a merge to everything it promises, and return what it made."""
    wanted, new = check.wanted(declared, file), merged(old, declared, file)
    before, after = parse(old, file), parse(new, file)
    assert {slot: merge.effective(after, slot, file) for slot in wanted} == wanted
    assert merged(new, declared, file) == new, "once more changes nothing"
    assert not (after.decoded.problem or after.decoded.doubt) or new == old
    if new == old:
        return new
    if before.decoded.problem:  # nothing was read of it, so it is as if its mark had never been there
        before = parse(before.decoded.text.lstrip("\ufeff").encode("utf-8", "surrogateescape"), file)
    assert _others(after, wanted, file) == _others(before, wanted, file), "what is not declared has its effect"
    _keeps_lines(before, after, wanted, file)
    _bears_mending(before, after, wanted, file)
    return new


def _others(parsed, wanted, file):
    """Return the values of what is not declared, but for what a declared key's refused value had changed."""
    changed = {file.table.of_slot(slot).refused[0] for slot in wanted if file.table.of_slot(slot).refused}
    return {slot: value for slot, value in parsed.values.items() if slot not in {*wanted, *changed}}


def plain(text):
    """Return a text with one ? for all that is not ASCII: a merge may write it in another encoding."""
    return re.sub("[^\0-\x7f\uffff]+", "?", text)


def _lines(text, wanted, file):
    """Return what is not ours, line by line with its section, below a broken line too; None while a heading is broken."""
    known = True
    for entry in scan(text, replace(file.dialect, skips=True)):
        known = entry.kind is Kind.SECTION or (known and entry.fault not in _HEADINGS)
        key = file.table.find(entry.name) if entry.name else None
        shown = re.sub("[\r\n\uffff]+$", "", entry.text)
        ours = key.slot in wanted if key else False
        if not known:  # a heading that is mended may make it ours
            ours = entry.name.rpartition(".")[2].lower() in {slot[1].lower() for slot in wanted}
        if shown and not ours:
            yield shown, entry.section if known and entry.kind is not Kind.UNREAD else None, entry


def _keeps_lines(before, after, wanted, file):
    """Every line that is not ours is still there, in its order and in its section, broken and unread ones too."""
    rest = list(_lines(plain(after.decoded.text), wanted, file))
    for shown, section, _entry in _lines(plain(before.decoded.text), wanted, file):
        while rest:
            text, found, _other = rest.pop(0)
            if text == shown and _same(section, found, shown):
                break
        else:
            raise AssertionError(f"{shown!r} of [{section}] is not there any more")


def _same(section, found, shown):
    if "=" not in shown and (shown.lstrip()[:1] == "#" or (section == "" and shown.lstrip()[:1] in ("", "[", ";"))):
        return True  # a comment, which may belong to the heading below it; or what is no setting in any section
    return section is None or found == section or (section == "" and found == NO_SECTION)


def _bears_mending(before, after, wanted, file):
    """Where somebody mends the first broken line that is not ours, it has the same effect as before the merge."""
    stops = {line.text for line in before.lines if line.effect == "dropped"}
    for shown, section, entry in _lines(before.decoded.text, wanted, file):
        if entry.text not in stops:
            continue
        if entry.kind is Kind.BROKEN and entry.fault not in _HEADINGS and (section or "=" not in shown):
            if before.decoded.text.count(shown) == after.decoded.text.count(shown) == 1 and shown.isascii() and "\r" not in shown:
                left, right = (_mended(one, shown, file) for one in (before, after))
                assert _others(left, wanted, file) == _others(right, wanted, file), f"{shown!r} mended"
                assert {slot: merge.effective(right, slot, file) for slot in wanted} == wanted, f"{shown!r} mended"
            return


def _mended(parsed, shown, file):
    right = re.sub(r'\\(?![\\nt"])|"', "", shown)
    text = parsed.decoded.text.replace(shown, right if re.match(r"\s*\w+\s*=", right) else f"#{right}")
    return parse(text.encode("utf-8", "surrogateescape"), file)


def read_again(data, file):
    """Return the names and values that the parser finds."""
    found = decode(data, file.dialect)
    return [] if found.problem else [(one.name, one.value) for one in scan(found.text, file.dialect) if one.kind is Kind.SETTING]
