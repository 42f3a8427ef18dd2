"""Run the command line in this process, without importing torch each time."""

import logging
import sys

import pytest

from engine.cli import main


@pytest.fixture
def srcnn(monkeypatch, capsys):
    """Run `srcnn` with arguments. Return (exit status, stdout, stderr)."""

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
