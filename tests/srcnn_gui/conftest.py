"""For the window's tests: skipped with a reason where Qt cannot be used, failed if they leave a QThread running."""

from collections.abc import Generator, Iterator

import pytest

from tests import qt_available
from tests.leaks import wait_until_none

if qt_available.WHY_NOT is not None:

    @pytest.fixture
    def qtbot() -> None:
        """Stand in for pytest-qt's, which is not loaded."""
        pytest.skip(str(qt_available.WHY_NOT))

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        collector: pytest.Collector,
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Skip a file that cannot be imported because Qt cannot."""
        report = yield
        if report.failed and isinstance(collector, pytest.Module) and "PySide6" in str(report.longrepr):
            report.outcome = "skipped"
            report.longrepr = (str(collector.path), 0, f"Skipped: {qt_available.WHY_NOT}")
        return report

else:
    from PySide6.QtCore import QThread
    from shiboken6 import isValid

    @pytest.fixture(autouse=True)
    def no_qthread_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Fail a test that leaves a QThread running: Qt ends the process when one is destroyed."""
        started: list[QThread] = []
        start = QThread.start

        def remember(thread: QThread, *priority: QThread.Priority) -> None:
            started.append(thread)
            start(thread, *priority)

        def left() -> list[str]:
            return [type(thread).__name__ for thread in started if isValid(thread) and thread.isRunning()]

        monkeypatch.setattr(QThread, "start", remember)
        yield
        if names := wait_until_none(left):
            pytest.fail(f"The test left threads running: {', '.join(names)}")
