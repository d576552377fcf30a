"""Fleet files that tests write, and what is wrong with them."""

import pytest

from pyinfra_wsl import fleet


def written(folder, text="", **files):
    """Write fleet.yml, or files by their names; return the first or their folder."""
    for name, content in ({"fleet": text} if text else files).items():
        (folder / f"{name}.yml").write_text(content)
    return folder / "fleet.yml" if text else folder


def problems(path):
    """Return what is wrong with a file or a folder, each place without the folder."""
    with pytest.raises(fleet.FleetError) as caught:
        fleet.load(path)
    return [one.removeprefix(f"{path.parent if path.is_file() else path}/") for one in caught.value.problems]
