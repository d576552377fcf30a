""".wslconfig of the laptop's user, read as a file."""

from .ini import first_lines, plain


def test_setting_stands_in_wslconfig(laptop, setting, user):
    said = laptop.run("type %s", rf"{user.profile}\.wslconfig")
    assert said.rc == 0, said.stderr
    _, section, key = setting.path
    lines = first_lines(said.stdout)
    assert (section.lower(), key.lower()) in lines
    assert plain(lines[section.lower(), key.lower()]) == plain(setting.value)
