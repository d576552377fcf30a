"""What went wrong, as a value: cause, next step and name travel together from where they are known to where they are told."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra_wsl.core.escape import LONGEST, escape


@dataclass(frozen=True, slots=True)
class Failure:
    """What is impossible or went wrong.

    Args:
        cause: one sentence about what is wrong, with names and values but never a secret.
        remedy: one sentence that begins with a verb: the next step of a person.
        code: the name or number by which others know the error (``HCS_E_HYPERV_NOT_INSTALLED``), if any.

    """

    cause: str
    remedy: str = ""
    code: str = ""

    def __post_init__(self) -> None:
        """Keep no more of a cause than anybody reads: a program's whole output may stand in it."""
        if len(self.cause) > LONGEST:
            object.__setattr__(self, "cause", f"{self.cause[: LONGEST - 1]}…")

    @property
    def said(self) -> str:
        """The one line that a person reads: what a machine said in it is escaped."""
        return f"{escape(self.cause)}. Next: {escape(self.remedy)}" if self.remedy else escape(self.cause)


def why(error: Exception) -> str:
    """Return what an error of ours says of words from outside, to stand behind a sentence about it.

    Of Python's own there is nothing to say: their words are of our code and not of the world, and stand in the log of --debug.

    Args:
        error: raised where such words were read.

    """
    ours = type(error).__module__.partition(".")[0] == __name__.partition(".")[0]
    return f": {error}" if ours and str(error) else ""


class StepError(Exception):
    """A step failed.

    Args:
        cause, remedy, code: as of `Failure`.

    """

    def __init__(self, cause: str, remedy: str = "", code: str = "") -> None:
        """Keep the failure; the text is how it is said."""
        self.failure = Failure(cause, remedy, code)
        super().__init__(self.failure.said)
        self.cause, self.remedy, self.code = cause, remedy, code


class LostError(ConnectionError):
    """A connection failed; an `OSError`, because pyinfra contains only those to the host where they happen.

    Args:
        cause, remedy, code: as of `Failure`.

    """

    def __init__(self, cause: str, remedy: str = "", code: str = "connection") -> None:
        """Keep the failure; the text is how it is said."""
        self.failure = Failure(cause, remedy, code)
        super().__init__(self.failure.said)
