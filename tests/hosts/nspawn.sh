#!/bin/sh
# nspawn.sh NAME TREE FOLDER SIZE [OPTION …]: a host of its own, until this process is killed.
#
# TREE stays as it is: what the host writes goes to a tmpfs of SIZE. FOLDER holds sshd.conf, root/ (where the host's
# file system is mounted) and the device node kvm, if the host has one. OPTION is one of systemd-nspawn.
set -eu
name=$1 tree=$2 folder=$3 size=$4

if [ -z "${NSPAWN_INSIDE:-}" ]; then
    # Without control groups of their own two hosts share /payload, and each stops the other's services.
    grep -E '^0::|:name=systemd:' /proc/self/cgroup | while IFS=: read -r id _ path; do
        case $id in 0) top=$(findmnt -n -o TARGET -t cgroup2) ;; *) top=$(findmnt -n -o TARGET -t cgroup -O name=systemd) ;; esac
        mkdir "$top$path/${folder##*/}"
        echo $$ > "$top$path/${folder##*/}/cgroup.procs"
        echo "$top$path/${folder##*/}" >> "$folder/cgroups"
    done
    exec env NSPAWN_INSIDE=1 unshare --mount --propagation private --pid --fork --kill-child --mount-proc "$0" "$@"
fi

# On a /run that is no tmpfs of this mount namespace systemd-nspawn stops: "Attempted to remove disk file system".
mount -t tmpfs tmpfs /run
mkdir /run/written
mount -t tmpfs -o "size=$size" tmpfs /run/written
mkdir /run/written/upper /run/written/work
mount -t overlay -o "lowerdir=$tree,upperdir=/run/written/upper,workdir=/run/written/work" overlay "$folder/root"

shift 4
set -- "$@" --quiet --register=no --keep-unit --directory="$folder/root" --machine="$name" --hostname="$name" --boot \
    --bind-ro="$folder/sshd.conf:/etc/ssh/sshd_config.d/port.conf"
[ -e "$folder/kvm" ] && set -- "$@" --bind="$folder/kvm:/dev/kvm"

# 133 is how a container asks to be rebooted.
status=133
while [ "$status" = 133 ]; do
    status=0
    systemd-nspawn "$@" || status=$?
done
exit "$status"
