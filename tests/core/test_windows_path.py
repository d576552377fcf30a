"""Which paths nothing on Windows can have, and how two lie to each other."""

import ntpath

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pyinfra_wsl.core.windows.path import LONGEST, LONGEST_FOLDER, above, fault, is_within, normal, same, without_prefix

SOUND = [
    r"D:\wsl",
    "d:/wsl/Ubuntu-24.04/",
    r"C:\Program Files (x86)\a.b.c",
    r"C:\Users\Jürgen\数据\x",
    r"C:\a\\b\.\c\..\d",
    r"C:\con1\COM\LPT10\COMX\NULL\conin$a\auxx.txt\ leading",
    r"C:\.hidden\a..b",
    "C:\\" + "a" * 255,
]
UNSOUND = {
    r"C:\con": "device",
    r"C:\x\NUL.txt": "device",
    r"C:\x\nul .tar.gz": "device",
    r"C:\Aux\x": "device",
    r"D:\COM1": "device",
    r"D:\com².log\x": "device",
    r"D:\LPT³": "device",
    r"D:\CONIN$": "device",
    r"D:\x\conout$\y": "device",
    r"D:\x.\y": "dot or space",
    r"D:\x \y": "dot or space",
    "D:\\x\\y.": "dot or space",
    r"D:\...\x": "dot or space",
    "D:\\x\\.. \\y": "dot or space",
    "D:\\a\u202ecod.tar": "U+202E",
    "D:\\a\u200bb": "U+200B",
    "D:\\a\u2066b": "U+2066",
    "D:\\a\ufeffb": "U+FEFF",
    "D:\\a\x07b": "U+0007",
    "D:\\a\nb": "U+000A",
    "D:\\a\x85b": "U+0085",
    "D:\\a\ud83db": "U+D83D",
    "D:\\a\u2028b": "U+2028",
    "D:\\" + "a" * 256: "256 characters",
    "D:\\" + "\U0001f600" * 128: "256 characters",
    "D:\\" + r"\a" * 200: "characters; Windows has room",
    r"D:\a?b": "holds ?",
    r"D:\a*": "holds *",
    r"D:\<a": "holds <",
    r"D:\a>": "holds >",
    r"D:\a|b": "holds |",
    'D:\\"a"': 'holds "',
    r"D:wsl": "whatever folder of drive D:",
    r"D:\a:b": "stream",
    r"D:\a\x.tar:s:$DATA": "stream",
    "D:": "no path",
    "D:\\": "whole drive",
    r"D:\a\..": "whole drive",
    r"D:\..\..": "whole drive",
    "wsl": "no path",
    "": "no path",
    r"\wsl": "no path",
    r"\\server\share\x": "no path",
    r"\\?\C:\x": "no path",
    r"ä:\x": "no path",
    "/home/x": "no path",
}


@pytest.mark.parametrize("path", SOUND)
def test_what_windows_can_make_is_sound(path):
    assert fault(path) == ""


@pytest.mark.parametrize(("path", "why"), UNSOUND.items(), ids=ascii)
def test_what_windows_cannot_make_is_told_why(path, why):
    assert why in fault(path)
    assert path.isprintable() or fault(path).isprintable()


@pytest.mark.parametrize("length", [LONGEST_FOLDER - 1, LONGEST_FOLDER])
def test_a_path_is_as_long_as_windows_has_room_for_and_no_longer(length):
    path = "D:\\" + "\\".join(["a" * 60] * 4)
    path += "b" * (length - len(path))
    assert len(path) == length
    assert fault(path, longest=LONGEST_FOLDER) == ""
    assert fault(path + "bb", longest=LONGEST_FOLDER)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (r"\\server\share\x", ""),
        (r"\\.\pipe\wsl", ""),
        (r"\\server\share\con", "device"),
        (r"\\server", "no path on a Windows drive or share"),
        (r"\\\x\y", "no path"),
        (r"C:\x", ""),
        (r"C:\x.", "dot or space"),
    ],
)
def test_where_shares_are_as_good_their_names_are_held_to_the_same(path, why):
    found = fault(path, longest=LONGEST, share=True)
    assert why in found
    assert bool(why) == bool(found)


PIECES = st.sampled_from(
    [
        *("a", "B", ".", "..", " ", "\\", "/", "\\\\", ":", "con", "NUL", "com1", "ä"),
        *("\u202e", "\u200d", "%x%", "*", "\x00", "\ud800", "a" * 90),
    ]
)
ROOTS = st.sampled_from(["C:\\", "d:/", "", "C:"])
PATHS = st.builds(lambda root, pieces: root + "".join(pieces), ROOTS, st.lists(PIECES, max_size=14))


@settings(max_examples=3000, deadline=None)
@given(path=st.one_of(PATHS, st.text(max_size=60), st.text(max_size=40).map(lambda text: f"C:\\{text}")))
@example(path="C:\\a\\..\\..\\b")
def test_no_path_raises_and_what_is_sound_stays_the_same_however_often_it_is_made_normal(path):
    for share in (False, True):
        why = fault(path, share=share)
        assert isinstance(why, str)
        if why or path.startswith(("\\\\", "/")):
            continue
        plain = normal(path)
        assert fault(plain, share=share) == ""
        assert normal(plain) == plain
        assert same(path, plain)
        assert ntpath.isabs(plain)
        parts = [part for part in path.replace("/", "\\").split("\\") if part]
        if not {".", ".."} & set(parts):
            assert plain == "\\".join(parts)
    above(path)


@settings(max_examples=500, deadline=None)
@given(path=PATHS, below=st.sampled_from(["x", r"x\y", r".\x", "X/"]))
def test_what_is_put_below_a_sound_path_is_within_it_and_not_the_other_way_round(path, below):
    if fault(path):
        return
    inside = f"{path}\\{below}"
    assert is_within(inside, path)
    assert not is_within(path, inside)
    assert normal(path) in above(inside)


def test_all_folders_above_a_path_are_named_from_the_root_down():
    assert above(r"C:\Users/alice\x") == ("C:\\", r"C:\Users", r"C:\Users\alice")
    assert above("C:\\") == ()
    assert above("") == ()
    assert above(r"\\s\share\a\b")[-1] == r"\\s\share\a"


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        (r"\\?\C:\x", r"C:\x"),
        (r"\\?\UNC\server\share\x", r"\\server\share\x"),
        (r"\\?\unc\server\share\x", r"\\server\share\x"),
        (r"\\?\Volume{1}\x", r"\\?\Volume{1}\x"),
        (r"C:\x", r"C:\x"),
        ("", ""),
    ],
)
def test_the_prefix_of_long_paths_goes_only_where_the_path_is_the_same_without_it(path, plain):
    assert without_prefix(path) == plain
