"""Download of the test sets and official weights that are selected for a benchmark."""

from collections.abc import Callable
from functools import partial
from typing import Any

from engine.datasets import download
from engine.datasets.events import FileFetched
from engine.datasets.request import FetchRequest
from engine.errors import EngineError
from engine.models import official
from srcnn_gui.pages.benchmark import jobs
from srcnn_gui.pages.benchmark.state import FOLDER, State, View
from srcnn_gui.pages.benchmark.tables import Selection
from srcnn_gui.runtime.lane import Lane
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _


class Download:
    """Download of the selected test sets and weights that are not on this computer.

    If the user stops the download, complete files are kept.
    """

    def __init__(
        self,
        store: Store[State, View],
        lane: Lane,
        get_mirror: Callable[[], str],
        refresh: Callable[[], None],
    ) -> None:
        self._store, self._lane, self._mirror, self._refresh = store, lane, get_mirror, refresh
        self._missing: list[str] = []
        self._completed_files = 0  # number of files in the sets that are completely downloaded

    def find_missing(self, selection: Selection) -> list[str]:
        """Return the names of the test sets and weights in `selection` that have not been downloaded."""
        if not self._store.state.fetching:
            self._missing = [
                test_set.key for test_set in selection.test_sets if not test_set.available and test_set.key != FOLDER
            ]
            if any(candidate.official_name and not candidate.available for candidate in selection.candidates):
                self._missing.append(official.DATA_SET)
        return self._missing

    def toggle(self) -> None:
        """Start the download of everything that is missing, or stop it if it is in progress."""
        if self._store.state.fetching:
            self._lane.cancel()
            return
        if not self._missing or self._store.state.locked:
            return
        try:
            requests = [FetchRequest(name, mirror=self._mirror().strip() or None) for name in self._missing]
        except EngineError as error:
            self._store.show_error(error)
            return
        self._completed_files = 0
        total = sum(len(download.list_files(name)) for name in self._missing)
        self._store.update(fetching=True, fetched=0, to_fetch=total, notice="", status=_("Downloading…"))
        self._lane.start(
            partial(jobs.fetch, requests),
            on_event=self._on_file_fetched,
            on_result=lambda _result: self._end(_("Download complete")),
            on_failure=self._on_failed,
            on_canceled=lambda: self._end(_("Download stopped. Complete files are kept.")),
        )

    def _on_file_fetched(self, event: Any) -> None:
        if isinstance(event, FileFetched):
            self._store.update(fetched=self._completed_files + event.done)
            if event.done == event.total:
                self._completed_files += event.total

    def _end(self, status: str) -> None:
        self._store.update(fetching=False, status=status)
        self._refresh()

    def _on_failed(self, error: Exception) -> None:
        self._end(_("Download failed"))
        self._store.show_error(error)
