"""What a pasted error text means: the names and numbers in it, which of them is the cause, the remedy, and what repairs it.

Pure but for reading its own data; nothing of a run needs it, so that nothing is loaded before somebody asks.
"""

from pyinfra_wsl.errors.answer import Answer, Finding
from pyinfra_wsl.errors.explain import explain

__all__ = ["Answer", "Finding", "explain"]
