"""/etc/wsl.conf, read inside the distribution."""

from .ini import first_lines, plain


def test_setting_stands_in_wsl_conf(setting, as_user):
    _, distro, _, section, key = setting.path
    said = as_user("wsl.exe -d %s -u root -e cat /etc/wsl.conf", distro)
    assert said.rc == 0, said.stdout
    lines = first_lines(said.stdout)
    assert (section.lower(), key.lower()) in lines
    assert plain(lines[section.lower(), key.lower()]) == plain(setting.value)
