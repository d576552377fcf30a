"""Read .wslconfig and wsl.conf the plain way: the first line of a key counts; enough for files that are as declared."""

UNITS = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def first_lines(text):
    """Return the text of the first line of each (section, key), in lower case, without comments and quotes."""
    found: dict[tuple[str, str], str] = {}
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line.strip("[]").lower()
        elif "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault((section, key.strip().lower()), value.split("#")[0].strip().strip('"').replace("\\\\", "\\"))
    return found


def plain(value):
    """Return a value so that two ways to write the same compare equal: 8GB and 8589934592, true and 1."""
    text = str(value).strip()
    for unit in sorted(UNITS, key=len, reverse=True):
        if text.endswith(unit) and text.removesuffix(unit).isdigit():
            return str(int(text.removesuffix(unit)) * UNITS[unit])
    return {"true": "1", "false": "0"}.get(text.lower(), text.lower())
