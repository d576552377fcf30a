"""Into which distributions a look goes for their wsl.conf: it starts them, so into no more than are needed."""

import pytest

from pyinfra_wsl.resources.wsl_conf.resource import RESOURCE


@pytest.mark.parametrize(
    ("declared", "looked_into"),
    [
        ({"source": "a.tar"}, False),
        ({"source": "a.tar", "wsl_conf": {}}, False),
        ({"source": "a.tar", "wsl_conf": {"boot": {"systemd": True}}}, True),
        ({"source": "a.tar", "default_user": "dev"}, True),
        ({"state": "absent", "default_user": "dev"}, False),
    ],
)
def test_a_distribution_is_started_only_where_its_file_tells_of_what_is_declared(declared, looked_into):
    values = {"wsl_distros": {"Ubuntu-24.04": declared, "Debian": {"source": "b.tar"}}}
    assert list(RESOURCE.targets(values)) == (["Ubuntu-24.04"] if looked_into else [])
