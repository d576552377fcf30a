"""What a look prints, made from sections."""


def look(**sections):
    """Return a look; a section is its text, or (exit code, text). In its name __ stands for :, and 127 is no such program."""
    lines = ["Last login: Sat Nov 21 09:14:00 2026"]  # a banner that must not matter
    for name, value in sections.items():
        code, text = value if isinstance(value, tuple) else (0, value)
        lines += [f"@{name.replace('__', ':')} {code}", *(f"|{line}" for line in text.splitlines())]
    return "\n".join(lines)
