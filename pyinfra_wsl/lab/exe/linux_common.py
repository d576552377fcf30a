"""Linux programs and words of the shell that a distribution may well have (from knowledge of Debian, Ubuntu, Fedora and bash)."""

from __future__ import annotations

_WORDS = """
    . : [ alias apt apt-get awk base64 basename bg bzip2 cd chgrp chmod chown chsh clear curl cut date dd df diff dirname
    dmesg dnf dpkg du env eval exec exit export expr fg find free fstrim git grep groupadd groupdel groupmod groups gunzip
    gzip head hostnamectl install ip jobs journalctl kill killall ldd less ln locale localectl logname lsb_release lsblk man
    md5sum mkfifo mktemp mount mountpoint nano openssl passwd perl pgrep ping pip pip3 pkill printenv printf ps python
    python3 read realpath rmdir rpm rsync sed seq set sha1sum sha512sum shift shutdown snap sort source split ssh stat su
    sudo sync tail tar timeout top touch tr trap truncate tty type ulimit umask umount unalias unset unzip uptime userdel
    usermod vi vim visudo wait wc wget which who whereis wslpath xargs xz yum zcat zip zypper
"""

COMMON = frozenset(_WORDS.split())
"""One of them that the lab does not simulate is complained of: "not found" would be believed."""
