"""Text that was read in the wrong code page, read again in the right one.

Which one that was is not guessed: all that fleets meet are tried, and signs are looked for in each result. A sign is a whole
sentence or a name, so that a wrong reading finds none.
"""

from __future__ import annotations

from collections.abc import Iterator

LONGEST = 6_000
"""Characters of garbled lines that are read again."""

# shown as, really: Western, Central European, Turkish, Cyrillic, Chinese, Japanese and Korean Windows; consoles have OEM pages
# (Microsoft: "National Language Support"), and whatever captures them reads UTF-8 or the ANSI page.
_PAIRS = (
    ("cp1252", "utf-8"), ("cp850", "utf-8"), ("cp437", "utf-8"), ("cp1250", "utf-8"), ("cp1251", "utf-8"), ("cp866", "utf-8"),
    ("gbk", "utf-8"), ("cp932", "utf-8"), ("cp949", "utf-8"), ("big5", "utf-8"), ("cp852", "utf-8"), ("cp1254", "utf-8"),
    ("cp850", "cp1252"), ("cp437", "cp1252"), ("cp1252", "cp850"), ("cp1252", "cp437"), ("cp437", "cp850"),
    ("cp852", "cp1250"), ("cp1250", "cp852"), ("cp1252", "cp1250"), ("cp1252", "cp852"), ("cp437", "cp852"),
    ("cp857", "cp1254"), ("cp1252", "cp1254"), ("cp1252", "cp857"), ("cp437", "cp857"),
    ("cp866", "cp1251"), ("cp1251", "cp866"), ("cp1252", "cp1251"), ("cp1252", "cp866"), ("cp437", "cp866"), ("cp437", "cp1251"),
    ("cp850", "cp1251"), ("cp850", "cp866"),
    ("cp1252", "gbk"), ("cp437", "gbk"), ("cp850", "gbk"), ("cp1252", "cp932"), ("cp437", "cp932"), ("cp850", "cp932"),
    ("cp1252", "cp949"), ("cp437", "cp949"), ("cp1252", "big5"), ("cp437", "big5"), ("gbk", "cp932"), ("cp932", "gbk"),
    ("gbk", "big5"), ("big5", "gbk"), ("cp949", "gbk"),
)  # fmt: skip


def readings(text: str) -> Iterator[str]:
    """Yield a text in each other reading, only the lines that are not plain ASCII; none where all are."""
    garbled = "\n".join(line for line in text.split("\n") if not line.isascii())[:LONGEST]
    if not garbled:
        return
    seen = {garbled}
    for shown, really in _PAIRS:
        again = _bytes(garbled, shown).decode(really, "ignore")
        if again not in seen and len(again) > len(garbled) // 8:
            seen.add(again)
            yield again
    twice = _bytes(_bytes(garbled, "cp1252").decode("utf-8", "ignore"), "cp1252").decode("utf-8", "ignore")
    if twice not in seen:
        yield twice


def _bytes(text: str, codec: str) -> bytes:
    """Return the bytes that were shown as this text; Windows-1252 shows its five holes as controls of Latin-1."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return b"".join(_one(character, codec) for character in text)


def _one(character: str, codec: str) -> bytes:
    try:
        return character.encode(codec)
    except UnicodeEncodeError:
        return character.encode("latin-1", "ignore") if "\x80" <= character <= "\x9f" else b""


def decode(data: bytes) -> str:
    """Return the text of bytes that were piped or read of a file: UTF-16 with or without a mark, UTF-8, else Windows-1252."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if data[1:400:2].count(0) > len(data[:400]) // 4:
        return data.decode("utf-16-le", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    broken = data.decode("utf-8", "ignore")
    if len(broken.encode()) > len(data) * 0.9 and not broken.isascii():
        return data.decode("utf-8-sig", "replace")  # cut in the middle of a character
    return data.decode("latin-1")
