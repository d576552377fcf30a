"""The sizes of the files that a host's values name, as far as they are here."""

import gzip

from pyinfra_wsl import sources
from pyinfra_wsl.core.windows.outlook import Size


def test_of_a_gzip_file_what_is_in_it_is_known_and_of_any_other_its_own_size(tmp_path):
    (tmp_path / "u.tar.gz").write_bytes(gzip.compress(bytes(100_000)))
    (tmp_path / "v.tar").write_bytes(bytes(300))
    (tmp_path / "w.wsl").write_bytes(b"\x1f\x8b")
    names = {name: str(tmp_path / name) for name in ("u.tar.gz", "v.tar", "w.wsl", "gone.tar")}
    away = ("https://x/u.tar", r"\\s\t\u.tar")
    values = {"wsl_distros": {name: {"source": source} for name, source in (*names.items(), *enumerate(away))}}
    packed = (tmp_path / "u.tar.gz").stat().st_size
    assert sources.sizes(sources.named(values)) == {
        names["u.tar.gz"]: Size(packed, 100_000), names["v.tar"]: Size(300, 300), names["w.wsl"]: Size(2, 2)
    }  # fmt: skip
