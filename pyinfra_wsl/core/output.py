"""What a program printed: bytes of unknown encoding to text, and its exit code as a person writes it."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import NamedTuple

from pyinfra_wsl.core.call import Answer, unbase64

# OEM code pages of the display languages that WSL itself is translated to; anything else is read as code page 437.
# Source: "Code Page Identifiers" and the NLS tables of Windows.
_OEM = {
    "cs": "cp852", "da": "cp850", "de": "cp850", "en-GB": "cp850", "es": "cp850", "fi": "cp850", "fr": "cp850", "hu": "cp852",
    "it": "cp850", "ja": "cp932", "ko": "cp949", "nb": "cp850", "nl": "cp850", "pl": "cp852", "pt": "cp850", "ru": "cp866",
    "sv": "cp850", "tr": "cp857", "zh-CN": "cp936", "zh-TW": "cp950",
}  # fmt: skip


def oem_code_page(culture: str) -> str:
    """Return Python's name of the OEM code page of a Windows display language such as ``zh-CN``."""
    return _OEM.get(culture) or _OEM.get(culture.split("-", maxsplit=1)[0], "cp437")


def decode(data: bytes, culture: str = "en-US") -> str:
    """Turn a program's output into text with ``\\n`` line ends.

    wsl.exe writes UTF-16LE without a byte order mark unless ``WSL_UTF8`` is 1 (src/windows/common/WslClient.cpp); Linux programs
    write UTF-8; other Windows programs write the OEM code page.

    Args:
        data: what the program wrote.
        culture: the display language of the laptop.

    """
    # The second half of an ASCII character's two bytes is NUL; no text in UTF-8 or an OEM code page holds one.
    if b"\0" in data[:4096]:
        text = data.removeprefix(b"\xff\xfe").decode("utf-16-le", "replace")
    else:
        try:
            text = data.removeprefix(BOM_UTF8).decode()
        except UnicodeDecodeError:
            text = data.decode(oem_code_page(culture), "replace")
    # Some of wsl.exe's redirected lines end in CR CR LF (microsoft/WSL issue 9748).
    return text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


class Output(NamedTuple):
    """The result of a program: exit code (None while unknown), both streams as bytes, and whether it ran out of time."""

    exit_code: int | None
    stdout: bytes
    stderr: bytes
    timed_out: bool
    seconds: float

    @classmethod
    def of(cls, answer: Answer) -> Output:
        """Read the answer to a ``run`` call.

        Raises:
            CallError: the program could not be started.
            TypeError, ValueError: the answer is not of the verb's form, so that nobody knows whether the program succeeded.

        """
        value = answer.value if answer.ok else answer.need()
        code, seconds = value.get("exit_code"), value.get("seconds") or 0.0
        if not (code is None or type(code) is int) or not isinstance(seconds, (int, float)):
            raise TypeError(f"exit code {code!r} after {seconds!r} s")
        stdout, stderr = value.get("stdout"), value.get("stderr")
        return cls(
            code,
            b"" if stdout == "" else unbase64(stdout),
            b"" if stderr == "" else unbase64(stderr),
            bool(value.get("timed_out")),
            float(seconds),
        )

    def text(self, culture: str = "en-US") -> str:
        """Return what it said on standard output as text."""
        return decode(self.stdout, culture)

    def said(self, culture: str = "en-US") -> str:
        """Return both streams as one line for a person: wsl.exe writes its errors to standard output."""
        both = decode(self.stdout, culture) + "\n" + decode(self.stderr, culture)
        return " ".join(line.strip() for line in both.splitlines() if line.strip())

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with exit code 0."""
        return self.exit_code == 0 and not self.timed_out


def output_of(answer: Answer) -> Output | None:
    """Return what a program said; None where it could not be started."""
    return Output.of(answer) if answer.ok else None


def said(answer: Answer) -> str:
    """Return what a program said, or why it could not be started, for a person."""
    output = output_of(answer)
    return answer.message if output is None else output.said() or f"exit code {output.exit_code}"
