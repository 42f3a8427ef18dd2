"""What a bundle puts into the environment is not left to the programs that it starts."""

import sys

import pytest

from engine.system import frozen_app


@pytest.fixture
def frozen(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)


def test_other_programs_find_the_libraries_they_found_before(frozen):
    environment = {"LD_LIBRARY_PATH": "/app/_internal:/opt/lib", "LD_LIBRARY_PATH_ORIG": "/opt/lib", "HOME": "/home/a"}
    frozen_app.leave_other_programs_alone(environment)
    assert environment == {"LD_LIBRARY_PATH": "/opt/lib", "HOME": "/home/a"}


def test_where_nothing_was_said_before_nothing_is_said_now(frozen):
    environment = {"LD_LIBRARY_PATH": "/app/_internal"}
    frozen_app.leave_other_programs_alone(environment)
    assert environment == {}


def test_an_installation_changes_nothing():
    environment = {"LD_LIBRARY_PATH": "/opt/cuda"}
    frozen_app.leave_other_programs_alone(environment)
    assert environment == {"LD_LIBRARY_PATH": "/opt/cuda"}
