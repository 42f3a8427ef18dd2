"""Reports of unexpected errors."""

from pathlib import Path

import pytest

from srcnn_gui.shell.failure_reports import FailureReporter, crash_failure


def raised(kind: type[Exception] = KeyError, words: str = "surprise") -> Exception:
    """Return an exception that was raised, always at the same line."""
    try:
        raise kind(words)
    except Exception as error:
        return error


def other() -> Exception:
    try:
        raise ValueError("other place")
    except ValueError as error:
        return error


def test_a_failure_is_shown_with_its_traceback_and_logged(caplog):
    shown = []
    FailureReporter(shown.append).report(raised())

    assert shown[0].message == "An unexpected error occurred: KeyError: 'surprise'"
    assert "test_failure_reports.py" in shown[0].details
    assert "surprise" in caplog.text


def test_a_repeated_failure_is_shown_once_and_logged_a_few_times(caplog):
    shown = []
    failures = FailureReporter(shown.append)
    for _time in range(250):
        failures.report(raised())
    failures.dismissed()
    failures.report(raised())

    assert len(shown) == 1, "it may come with every redraw: the dialog's closing would bring it up again"
    assert 3 <= len(caplog.records) <= 6
    assert "for the 200th time" in caplog.text


def test_a_failure_during_another_is_added_to_it():
    shown = []
    failures = FailureReporter(shown.append)
    failures.report(raised())
    failures.report(other())
    assert shown[-1].message == "2 unexpected errors occurred. The last one: ValueError: other place"
    assert "surprise" in shown[-1].details
    assert "other place" in shown[-1].details

    failures.dismissed()
    failures.report(raised(TypeError, "third"))
    assert shown[-1].message.endswith("TypeError: third")
    assert "surprise" not in shown[-1].details


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_a_request_to_exit_is_no_failure(error):
    shown = []
    FailureReporter(shown.append).report(error)
    assert shown == []


def test_the_home_folder_is_not_named():
    shown = []
    FailureReporter(shown.append).report(raised(ValueError, f"no {Path.home() / 'secret.png'}"))
    shown.append(crash_failure(f"in {Path.home() / 'program.py'}"))

    for failure in shown:
        assert str(Path.home()) not in failure.message + failure.details
