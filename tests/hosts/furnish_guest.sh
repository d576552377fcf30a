#!/bin/sh
# furnish_guest.sh ROOT: what a virtual machine needs beyond a container.
set -eu
root=$1

echo '/dev/vda / ext4 defaults,noatime 0 1' > "$root/etc/fstab"
echo 'test-guest' > "$root/etc/hostname"
echo 'nameserver 10.0.2.3' > "$root/etc/resolv.conf"  # QEMU's user networking: 10.0.2.2 is this machine, .3 its resolver
printf '[Match]\nName=eth0\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n' > "$root/etc/systemd/network/eth0.network"
chroot "$root" systemctl enable --quiet systemd-networkd
chroot "$root" systemctl mask --quiet serial-getty@ttyS0.service e2scrub_reap.service systemd-timesyncd.service
