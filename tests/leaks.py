"""Waiting for what a test should have ended."""

import time
from collections.abc import Callable

GRACE_S = 5.0  # for a thread that is on its way out when its test ends


def wait_until_none(left: Callable[[], list[str]]) -> list[str]:
    """What is still left after a while; nothing, as soon as nothing is."""
    end = time.monotonic() + GRACE_S
    while (names := left()) and time.monotonic() < end:
        time.sleep(0.01)
    return names
