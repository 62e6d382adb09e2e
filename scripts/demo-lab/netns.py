"""Entering another network namespace, which Python 3.11 has no call for."""

import ctypes
import os
import struct
from fcntl import ioctl

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000

libc = ctypes.CDLL(None, use_errno=True)


def enter(name):
    with open(f"/run/netns/{name}") as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter the namespace {name}")


def tun(name):
    """A new tun device in the namespace that this process is in."""
    device = os.open("/dev/net/tun", os.O_RDWR)
    ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return device
