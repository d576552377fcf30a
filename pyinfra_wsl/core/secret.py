"""A secret that is carried: it shows itself nowhere, and is taken out only where it is used."""

from __future__ import annotations

import hmac
from typing import Any, NoReturn

HIDDEN = "***"


class Secret(str):
    """Text that is ``***`` to everybody who prints, formats, writes or encodes it; `reveal` gives it to the one who uses it.

    pyinfra wants a password to be a `str`, and `json` writes the text of any `str` whatever its methods say. So the text of this
    one is what may be seen, and the secret lies beside it.

    Args:
        text: the secret.

    """

    __slots__ = ("_text",)
    _text: str

    def __new__(cls, text: str) -> Secret:
        """Keep the secret beside what is shown."""
        made = super().__new__(cls, HIDDEN)
        made._text = text
        return made

    def reveal(self) -> str:
        """Return the secret."""
        return self._text

    def __eq__(self, other: object) -> bool:
        """Whether the other is, or holds, the same secret."""
        text = other._text if isinstance(other, Secret) else other
        return isinstance(text, str) and hmac.compare_digest(self._text.encode(), text.encode())

    def __ne__(self, other: object) -> bool:
        """Whether the other is something else."""
        return not self == other

    def __hash__(self) -> int:
        """Return the secret's own."""
        return hash(self._text)

    def __copy__(self) -> Secret:
        """Return itself."""
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Secret:
        """Return itself."""
        return self

    def __reduce__(self) -> NoReturn:
        """Refuse to be written down."""
        raise TypeError("a secret is not written down")

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        """Refuse to be written down."""
        self.__reduce__()
