"""The command line run in this process: the same code as in one of its own, without loading torch anew each time."""

import sys

import pytest

from engine.cli import main


@pytest.fixture
def srcnn(monkeypatch, capsys):
    """Run `srcnn` with some arguments: (exit status, what was printed, what was said on stderr)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["srcnn", *map(str, arguments)])
        capsys.readouterr()
        status = 0
        try:
            main()
        except SystemExit as left:
            status = left.code or 0
        said = capsys.readouterr()
        return status, said.out, said.err

    return run
