"""Ctrl-C during code whose exceptions Python discards."""

import sys
import time
import weakref

import pytest

from engine.cli.stopping import retried_interrupts


class Referent:
    """Object whose deletion calls the callback of a weak reference."""


def interrupt(_reference):
    raise KeyboardInterrupt


def test_discarded_keyboard_interrupt_is_raised_again():
    before = sys.unraisablehook

    def interrupt_and_wait():
        dropped = Referent()
        reference = weakref.ref(dropped, interrupt)
        del dropped  # calls `interrupt`, whose exception Python discards
        assert reference() is None
        time.sleep(5)

    with pytest.raises(KeyboardInterrupt), retried_interrupts():
        interrupt_and_wait()
    assert sys.unraisablehook is before


def test_other_discarded_exceptions_reach_the_previous_hook(monkeypatch):
    discarded = []
    monkeypatch.setattr(sys, "unraisablehook", lambda arguments: discarded.append(arguments.exc_type))

    def fail(_reference):
        raise OSError

    with retried_interrupts():
        dropped = Referent()
        reference = weakref.ref(dropped, fail)
        del dropped
        assert reference() is None
    assert discarded == [OSError]
