"""A fixture that runs the command line in this process, so that torch is imported only once."""

import logging
import sys

import pytest

from engine.cli import main


@pytest.fixture
def srcnn(monkeypatch, capsys):
    """Return a function that runs `srcnn` with arguments and returns (exit status, stdout, stderr)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["srcnn", *map(str, arguments)])
        capsys.readouterr()
        status = 0
        try:
            main()
        except SystemExit as left:
            status = left.code or 0
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    yield run
    tifffile = logging.getLogger("tifffile")  # the command quiets it for its whole process, which is pytest's here
    tifffile.propagate, tifffile.handlers[:] = True, []
