"""Optional features, as DISM itself tells them."""

import re

STATES = {"enabled": {"Enabled"}, "disabled": {"Disabled", "Disabled with Payload Removed"}}

UNKNOWN = "0x800f080c"


def test_feature_is_in_the_declared_state_and_no_restart_is_owed(laptop, setting):
    said = laptop.run("dism.exe /English /Online /Get-FeatureInfo /FeatureName:%s", setting.path[-1])
    if setting.value == "disabled" and UNKNOWN in said.stdout.lower():
        return  # what this Windows does not have is not on
    assert said.rc == 0, said.stdout
    state = re.search(r"^State : (.+?)\s*$", said.stdout, re.MULTILINE)
    assert state, said.stdout
    assert state[1] in STATES[setting.value]
