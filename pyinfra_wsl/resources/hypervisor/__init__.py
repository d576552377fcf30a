"""The hypervisor of Windows."""
