"""What a benchmark needs and is not on this machine: the published sets and the authors' weights."""

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
    """Brings what was chosen and is missing, and can be stopped; what came is kept."""

    def __init__(
        self,
        store: Store[State, View],
        lane: Lane,
        mirror: Callable[[], str],
        refresh: Callable[[], None],
    ) -> None:
        self._store, self._lane, self._mirror, self._refresh = store, lane, mirror, refresh
        self._missing: list[str] = []
        self._before = 0  # files of the sets that are complete already

    def missing(self, selection: Selection) -> list[str]:
        """What is to be downloaded of what is chosen, by the names that the engine has for it."""
        if not self._store.state.fetching:
            self._missing = [one.key for one in selection.sets if not one.there and one.key != FOLDER]
            if any(one.authors and not one.there for one in selection.contenders):
                self._missing.append(official.SET)
        return self._missing

    def fetch(self) -> None:
        """Download what is missing, or stop doing so."""
        if self._store.state.fetching:
            self._lane.cancel()
            return
        if not self._missing or self._store.state.locked:
            return
        try:
            asked = [FetchRequest(name, mirror=self._mirror().strip() or None) for name in self._missing]
        except EngineError as error:
            self._store.show_error(error)
            return
        self._before = 0
        total = sum(len(download.files_of(name)) for name in self._missing)
        self._store.update(fetching=True, fetched=0, to_fetch=total, notice="", status=_("Downloading …"))
        self._lane.start(
            partial(jobs.fetch, asked),
            on_event=self._fetched,
            on_result=lambda _result: self._over(_("Downloaded")),
            on_failure=self._failed,
            on_cancelled=lambda: self._over(_("Download stopped; what is here is kept")),
        )

    def _fetched(self, event: Any) -> None:
        if isinstance(event, FileFetched):
            self._store.update(fetched=self._before + event.done)
            if event.done == event.total:
                self._before += event.total

    def _over(self, status: str) -> None:
        self._store.update(fetching=False, status=status)
        self._refresh()

    def _failed(self, error: Exception) -> None:
        self._over(_("Not downloaded"))
        self._store.show_error(error)
