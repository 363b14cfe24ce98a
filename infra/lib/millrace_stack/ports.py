# SPDX-License-Identifier: Apache-2.0
"""Ports that are free now, for parts that cannot choose one themselves.

They are taken from below the kernel's range for outgoing connections (32768 and up), or a client's connection could
grab one between our look and the server's bind.
"""
import random
import socket

LOWEST, HIGHEST = 15000, 32000
TRIES = 2000


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """COUNT different free ports, from a random place, so that two runs seldom meet."""
    chosen: list[int] = []
    for _ in range(TRIES):
        port = random.randrange(LOWEST, HIGHEST)
        if port not in chosen and is_free(port):
            chosen.append(port)
        if len(chosen) == count:
            return chosen
    raise RuntimeError(f"no {count} free ports between {LOWEST} and {HIGHEST}")
