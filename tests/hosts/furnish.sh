#!/bin/sh
# furnish.sh ROOT: make a fresh Debian tree a test host: our key, a user who may sudo, the record of remote commands.
set -eu
root=$1

for home in root home/ops; do
    [ "$home" = root ] || chroot "$root" useradd --create-home --shell /bin/bash ops
    install -d -m 700 "$root/$home/.ssh"
    install -m 600 "$LOGIN_KEY" "$root/$home/.ssh/authorized_keys"
done
chroot "$root" chown -R ops:ops /home/ops
echo 'ops ALL=(ALL) NOPASSWD:ALL' > "$root/etc/sudoers.d/ops"

# What a client asks for is written down before it runs; the record is how the tests count remote commands.
cat > "$root/usr/local/bin/recorded" <<'S'
#!/bin/sh
[ -z "${SSH_ORIGINAL_COMMAND:-}" ] && exec "$SHELL" -l
[ -w /run/commands ] && printf '%s\0' "$SSH_ORIGINAL_COMMAND" >> /run/commands
exec "$SHELL" -c "$SSH_ORIGINAL_COMMAND"
S
chmod 755 "$root/usr/local/bin/recorded"
echo 'f /run/commands 0666' > "$root/etc/tmpfiles.d/test-host.conf"
mkdir -p "$root/etc/ssh/sshd_config.d"
printf 'ForceCommand /usr/local/bin/recorded\nUseDNS no\nMaxStartups 100\n' > "$root/etc/ssh/sshd_config.d/test-host.conf"

# A container in a container needs a /proc of which nothing is hidden. After sysctl: this machine's settings stay as they are.
cat > "$root/etc/systemd/system/test-host-nested.service" <<'S'
[Unit]
DefaultDependencies=no
After=systemd-sysctl.service
Before=sysinit.target
ConditionVirtualization=container
ConditionPathExistsGlob=/lib/modules/*
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=mount -t proc proc /proc
[Install]
WantedBy=sysinit.target
S
chroot "$root" systemctl enable --quiet test-host-nested.service

echo 'APT::Install-Recommends "false";' > "$root/etc/apt/apt.conf.d/90test-host"  # what is only recommended takes minutes
rm -f "$root/etc/hostname"  # the name is given at the start

# Timers and services that would work beside the tests.
chroot "$root" systemctl mask --quiet apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer \
    systemd-networkd-wait-online.service getty@tty1.service console-getty.service
