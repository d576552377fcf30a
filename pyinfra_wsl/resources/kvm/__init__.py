"""KVM on a Linux host."""
