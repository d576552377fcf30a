"""How wsl.exe's failures are told."""

import pytest

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.windows import wsl_exe


def test_a_program_that_was_not_begun_is_not_one_that_does_not_start():
    with pytest.raises(StepError, match="it was not moved: not begun") as failed:
        wsl_exe.said(Answer(False, {}, "skipped", "an earlier call failed"), "it was not moved")
    assert "WSL is installed" not in str(failed.value)
    with pytest.raises(StepError, match=r"wsl\.exe did not start: no such file") as failed:
        wsl_exe.said(Answer(False, {}, "not_found", "no such file"))
    assert failed.value.code == "not_found"
