"""Real Linux hosts to converge: systemd-nspawn containers and a QEMU guest, on loopback, thrown away after the test.

- ``place``: where root trees and images are kept, and what this machine must have to build them
- ``trees``: Debian root trees, built once
- ``container``: a host made of a tree, with systemd as PID 1 and its own sshd; ``nspawn.sh`` starts it
- ``image``, ``guest``: a virtual machine whose emulated processor has SVM, so that KVM is real inside
- ``packages``: stand-ins for Docker's packages, and the signed apt repository they come from
"""
