"""Reports of unexpected errors."""

from pathlib import Path

import pytest

from srcnn_gui.shell.failure_reports import FailureReporter, crash_failure


def raise_error(kind: type[Exception] = KeyError, words: str = "surprise") -> Exception:
    """Return an exception that was raised, always at the same line."""
    try:
        raise kind(words)
    except Exception as error:
        return error


def raise_error_elsewhere() -> Exception:
    try:
        raise ValueError("other place")
    except ValueError as error:
        return error


def test_a_failure_is_shown_with_its_traceback_and_logged(caplog):
    reported = []
    FailureReporter(reported.append).report(raise_error())

    assert reported[0].message == "An unexpected error occurred. KeyError: 'surprise'"
    assert "test_failure_reports.py" in reported[0].details
    assert "surprise" in caplog.text


def test_a_repeated_failure_is_shown_once_and_logged_a_few_times(caplog):
    reported = []
    failures = FailureReporter(reported.append)
    for _time in range(250):
        failures.report(raise_error())
    failures.on_dialog_closed()
    failures.report(raise_error())

    assert len(reported) == 1, "it may come with every redraw: the dialog's closing would bring it up again"
    assert 3 <= len(caplog.records) <= 6
    assert "occurrence 200: KeyError" in caplog.text


def test_a_failure_during_another_is_added_to_it():
    reported = []
    failures = FailureReporter(reported.append)
    failures.report(raise_error())
    failures.report(raise_error_elsewhere())
    assert reported[-1].message == "2 unexpected errors occurred. The last error is ValueError: other place"
    assert "surprise" in reported[-1].details
    assert "other place" in reported[-1].details

    failures.on_dialog_closed()
    failures.report(raise_error(TypeError, "third"))
    assert reported[-1].message.endswith("TypeError: third")
    assert "surprise" not in reported[-1].details


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1)])
def test_a_request_to_exit_is_not_reported(error):
    reported = []
    FailureReporter(reported.append).report(error)
    assert reported == []


def test_reports_do_not_contain_the_home_folder():
    reported = []
    FailureReporter(reported.append).report(raise_error(ValueError, f"no {Path.home() / 'secret.png'}"))
    reported.append(crash_failure(f"in {Path.home() / 'program.py'}"))

    for failure in reported:
        assert str(Path.home()) not in failure.message + failure.details
