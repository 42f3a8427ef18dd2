"""Helper that waits until no leaked threads are left."""

import time
from collections.abc import Callable

GRACE_S = 5.0  # for a thread that is ending


def wait_until_none(find_leaks: Callable[[], list[str]]) -> list[str]:
    """Wait up to GRACE_S seconds until `find_leaks` returns an empty list, and return its last result."""
    end = time.monotonic() + GRACE_S
    while (names := find_leaks()) and time.monotonic() < end:
        time.sleep(0.01)
    return names
