"""What a dry run says of later changes: as the laptop will be once the earlier ones are made."""

from dataclasses import replace

import pytest
from support.laptops import laptop, wanted
from support.wire import RUN, Wire

from pyinfra_wsl import registry
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.resources.hypervisor import state as hypervisor
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.windows_feature import state as windows_feature
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_conf import plan as wsl_conf_plan
from pyinfra_wsl.resources.wsl_conf import state as wsl_conf
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro
from pyinfra_wsl.resources.wsl_distro.default_version import DEFAULT_VERSION

PLATFORM = windows_feature.VIRTUAL_MACHINE_PLATFORM


def fresh():
    return laptop(
        windows_feature=windows_feature.State({PLATFORM: "Disabled", "Containers": "Disabled"}),
        hypervisor={"running": False, "launch": "auto"},
        reboot=reboot.State(),
    )


def forecast(name, machine, values):
    resource = registry.of(name)
    return resource.forecast(machine, wanted(resource, values))


def features(machine, states):
    return forecast("windows_feature", machine, {"windows_features": states})


def launch(machine, how):
    return forecast("hypervisor", machine, {"hypervisor": {"launch": how}})


def restart(machine):
    return forecast("reboot", machine, {"reboot": {"policy": "now"}})


def distro(machine, name, declared):
    return forecast("wsl_distro", machine, {"wsl_distros": {name: declared}})


def test_a_feature_that_is_turned_on_waits_for_a_restart():
    after = features(fresh(), {PLATFORM: "enabled"})
    assert after.of(windows_feature.State).features[PLATFORM] == "EnablePending"
    assert PLATFORM in reboot.blocks(after)


def test_a_feature_that_is_as_wanted_changes_nothing():
    machine = fresh()
    assert features(machine, {"Containers": "disabled", "Nonsense": "enabled"}) == machine


def test_after_the_restart_the_hypervisor_runs_and_nothing_is_pending():
    after = restart(features(fresh(), {PLATFORM: "enabled"}))
    assert after.of(windows_feature.State).enabled(PLATFORM)
    assert reboot.blocks(after) is None
    assert hypervisor.ready(after).ready


def test_after_a_restart_a_hypervisor_that_is_off_stays_off():
    after = restart(launch(features(fresh(), {PLATFORM: "enabled"}), "off"))
    assert not hypervisor.ready(after).ready


def test_a_launch_type_that_is_changed_waits_for_a_restart():
    assert (
        reboot.blocks(launch(fresh(), "off")) == "needs a restart first: hypervisorlaunchtype was changed since Windows started"
    )


def test_a_launch_type_that_is_as_wanted_waits_for_nothing():
    machine = laptop(hypervisor={"running": True, "launch": "auto"}, reboot=reboot.State())
    assert reboot.blocks(launch(machine, "auto")) is None


def test_after_a_restart_no_distribution_runs():
    machine = laptop(wsl_distro={"running": ("Ubuntu",)}, wsl={"vm": True})
    after = restart(machine)
    assert (after.of(wsl_distro.State).running, after.of(wsl.State).vm) == ((), False)


def test_a_package_that_is_installed_can_be_called():
    machine = laptop(wsl={"exe": None, "version": None})
    after = forecast("wsl", machine, {"wsl": {"package": {"minimum": "2.6.1"}}})
    assert (after.of(wsl.State).version, after.of(wsl.State).exe) == ("2.6.1", r"C:\Program Files\WSL\wsl.exe")


def test_a_distribution_that_is_imported_is_there_and_its_settings_are_not_known():
    after = distro(fresh(), "Ubuntu", {"state": "present", "version": 2})
    assert after.of(wsl_distro.State).find("ubuntu").version == 2
    assert after.of(wsl_distro.State).default == "Ubuntu"
    assert after.of(wsl_conf.State).conf("Ubuntu") is None


def test_a_half_import_is_whole_and_its_settings_are_not_known():
    half = wsl_distro.Distro("{1}", "Ubuntu", wsl_distro.INSTALLING, 1, r"C:\wsl\Ubuntu")
    unread = wsl_conf.State({"Ubuntu": wsl_conf.Conf(None, problem="there is no distribution with the supplied name")})
    after = distro(
        laptop(wsl_distro={"distros": {"Ubuntu": half}}, wsl_conf=unread), "ubuntu", {"state": "present", "version": 2}
    )
    found = after.of(wsl_distro.State).find("Ubuntu")
    assert (found.state, found.version) == (wsl_distro.INSTALLED, 2)
    assert after.of(wsl_conf.State).conf("Ubuntu") is None


def test_a_distribution_that_is_there_is_as_declared():
    old = wsl_distro.Distro("{1}", "Ubuntu", wsl_distro.INSTALLED, 1, r"C:\wsl\Ubuntu")
    after = distro(
        laptop(wsl_distro={"distros": {"Ubuntu": old}}), "ubuntu", {"version": 2, "default": True, "location": r"D:\wsl"}
    )
    found = after.of(wsl_distro.State).find("Ubuntu")
    assert (found.version, found.folder, after.of(wsl_distro.State).default) == (2, r"D:\wsl", "Ubuntu")


def test_the_default_version_is_as_declared():
    assert DEFAULT_VERSION.forecast(laptop(wsl_distro={"default_version": 1}), 2).of(wsl_distro.State).default_version == 2


def test_a_wsl_conf_is_planned_in_words_only_where_it_can_be_read_later():
    want = wanted(registry.of("wsl_conf"), {"wsl_distros": {"Ubuntu": {"wsl_conf": {"boot": {"systemd": True}}}}})
    after = distro(fresh(), "Ubuntu", {"state": "present"})
    (step,) = wsl_conf_plan.plan(want, replace(after, foreseen=True)).steps
    assert step.said == "wsl.conf of Ubuntu as declared (what it says already can be read only then)"
    with pytest.raises(StepError):
        Wire().drive(step.does(RUN))
    assert wsl_conf_plan.plan(want, after).failures
    blocked = features(replace(after, foreseen=True), {PLATFORM: "enabled"})
    assert not wsl_conf_plan.plan(want, blocked).steps


def test_a_distribution_that_is_unregistered_is_gone():
    machine = distro(fresh(), "Old", {"state": "present"})
    after = distro(machine, "OLD", {"state": "absent"})
    assert machine.of(wsl_distro.State).find("Old")
    assert after.of(wsl_distro.State).find("Old") is None
