"""What a dry run says of later changes: as the laptop will be once the earlier ones are made."""

from dataclasses import replace

from support.laptops import laptop

from pyinfra_wsl.core import forecast
from pyinfra_wsl.resources.hypervisor import plan as hypervisor
from pyinfra_wsl.resources.reboot import plan as reboot
from pyinfra_wsl.resources.windows_feature import plan as windows_feature

PLATFORM = windows_feature.VIRTUAL_MACHINE_PLATFORM


def fresh():
    machine = laptop()
    features = windows_feature.State({PLATFORM: "Disabled", "Containers": "Disabled"})
    processor = replace(machine.hypervisor, running=False, launch="auto")
    return replace(machine, windows_feature=features, hypervisor=processor, reboot=reboot.State())


def test_a_feature_that_is_turned_on_waits_for_a_restart():
    after = forecast.features(fresh(), {PLATFORM: "enabled"})
    assert after.windows_feature.features[PLATFORM] == "EnablePending"
    assert PLATFORM in reboot.blocks(after)


def test_a_feature_that_is_as_wanted_changes_nothing():
    machine = fresh()
    assert forecast.features(machine, {"Containers": "disabled", "Nonsense": "enabled"}) == machine


def test_after_the_restart_the_hypervisor_runs_and_nothing_is_pending():
    after = forecast.restart(forecast.features(fresh(), {PLATFORM: "enabled"}))
    assert after.windows_feature.enabled(PLATFORM)
    assert reboot.blocks(after) is None
    assert hypervisor.ready(after).ready


def test_after_a_restart_a_hypervisor_that_is_off_stays_off():
    after = forecast.restart(forecast.hypervisor(forecast.features(fresh(), {PLATFORM: "enabled"}), {"launch": "off"}))
    assert not hypervisor.ready(after).ready


def test_a_launch_type_that_is_changed_waits_for_a_restart():
    assert reboot.blocks(forecast.hypervisor(fresh(), {"launch": "auto"}))


def test_a_package_that_is_installed_can_be_called():
    machine = fresh()
    machine = replace(machine, wsl=replace(machine.wsl, exe=None, version=None))
    after = forecast.package(machine, {"minimum": "2.6.1"})
    assert (after.wsl.version, after.wsl.exe) == ("2.6.1", r"C:\Program Files\WSL\wsl.exe")


def test_a_distribution_that_is_imported_is_there_and_empty_of_settings():
    machine = fresh()
    machine = replace(machine, wsl_distro=replace(machine.wsl_distro, distros={}, default=None))
    after = forecast.distro(machine, "Ubuntu", {"state": "present", "version": 2})
    assert after.wsl_distro.find("ubuntu").version == 2
    assert after.wsl_distro.default == "Ubuntu"
    assert after.wsl_conf["Ubuntu"].exists is False


def test_a_distribution_that_is_unregistered_is_gone():
    machine = forecast.distro(fresh(), "Old", {"state": "present"})
    assert forecast.distro(machine, "OLD", {"state": "absent"}).wsl_distro.find("Old") is None
