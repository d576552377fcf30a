"""The settings of WSL's containers, read as the file that wslc reads."""

import yaml

from .files import text_of


def plain(value):
    return None if value in (None, "default") else value


def test_setting_stands_in_the_file(laptop, setting, user):
    # Without a file every setting is the built-in one.
    found = yaml.safe_load(text_of(laptop, rf"{user.profile}\AppData\Local\wslc\settings.yaml") or "")
    for name in setting.path[1:]:
        found = (found or {}).get(name)
    assert plain(found) == plain(setting.value)
