"""Strategies for settings that the schemas admit and for files that users may have."""

from hypothesis import strategies as st

from pyinfra_wsl.core.formats.ini.schema import of_wsl_conf, of_wslconfig


def _value(schema):
    """Return values that the schema admits, but for null, which removes an inherited value and never reaches the settings."""
    if "anyOf" in schema:
        return st.one_of([_value(one) for one in schema["anyOf"] if one != {"type": "null"}])
    if "enum" in schema:
        return st.sampled_from([one for one in schema["enum"] if one is not None])
    match schema["type"] if isinstance(schema["type"], str) else schema["type"][0]:
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(schema["minimum"], schema["maximum"])
        case "array":
            return st.lists(_value(schema["items"]), max_size=4)
        case _:
            # $ is the end in ECMA 262; in Python a newline may follow it. A fleet file, being UTF-8, has no lone surrogates.
            alphabet = st.characters(codec="utf-8")
            return st.from_regex(schema["pattern"].replace("$", r"\Z"), fullmatch=False, alphabet=alphabet)


def _settings(schema):
    sections = {name: part["properties"] for name, part in schema["properties"].items() if "properties" in part}
    return st.fixed_dictionaries(
        {},
        optional={
            name: st.fixed_dictionaries({}, optional={key: _value(one) for key, one in keys.items() if not one.get("deprecated")})
            for name, keys in sections.items()
        },
    )


def one_setting(schema):
    pairs = [(name, key, one) for name, part in schema["properties"].items() for key, one in part.get("properties", {}).items()]
    return st.sampled_from(pairs).flatmap(lambda pair: _value(pair[2]).map(lambda value: {pair[0]: {pair[1]: value}}))


def files(sections, keys):
    """Return files of lines that are right, broken in every known way, or anything."""
    words = st.sampled_from([*sections, *keys, "foo", "x1"])
    values = st.sampled_from([
        "8GB", "8gb", "true", "yes", "0", "-1", "a b", "a\\\\b", "a\\tb", "C:\\Users", '"x', '"a # b"', "a\\", "a \\\n  b",
        "\\\r\nb", "x # c", "# c", "é中", "a\0b", "a\rb=c", "00:11:22:33:44:55", "Mirrored", "none", "\\",
    ])  # fmt: skip
    space = st.sampled_from(["", " ", "\t", "  "])
    line = st.one_of(
        st.builds("{}[{}]{}".format, space, words, st.sampled_from(["", " ", " # c", " ; c", "x"])),
        st.builds("{}{}{}={}{}".format, space, words, space, space, values),
        st.builds("[{}".format, words),
        st.sampled_from(["", "# c", "; c", "[ x]", "memory", "\x1a", "\ufeff", "\ufeff[wsl2]", "\\", '"', "\r", "#\r"]),
        st.text(max_size=8),
    )
    end = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", ""])
    text = st.lists(st.tuples(line, end), max_size=12).map(lambda rows: "".join(one + two for one, two in rows))
    encoded = st.builds(lambda one, codec: one.encode(codec, "replace"), text, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    return st.one_of(encoded, text.map(lambda one: one.encode("utf-8", "replace")), st.binary(max_size=40))


WSLCONFIG_SETTINGS = _settings(of_wslconfig())
WSLCONFIG_SETTING = one_setting(of_wslconfig())
WSLCONFIG_FILES = files(
    ["wsl2", "WSL2", "general", "experimental"], ["memory", "Memory", "swap", "kernel", "networkingMode", "ipv6"]
)
WSL_CONF_SETTINGS = _settings(of_wsl_conf())
WSL_CONF_SETTING = one_setting(of_wsl_conf())
WSL_CONF_FILES = files(["boot", "Boot", "user", "network"], ["systemd", "command", "default", "hostname", "enabled"])
