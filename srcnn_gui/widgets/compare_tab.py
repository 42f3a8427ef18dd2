"""The Compare page: toolbar, canvas or drop zone, readout and inspector, joined to their presenter."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from srcnn_gui.presenters.compare_state import State
from srcnn_gui.widgets.canvas import Canvas
from srcnn_gui.widgets.drop_zone import DropZone
from srcnn_gui.widgets.inspector import Inspector
from srcnn_gui.widgets.main_window import Page
from srcnn_gui.widgets.notice import Notice
from srcnn_gui.widgets.scores_bar import ScoresBar
from srcnn_gui.widgets.zoom_bar import ZoomBar

if TYPE_CHECKING:
    from srcnn_gui.presenters.compare import Presenter


class CompareTab(Page):
    """The presenter's view. Drops are taken anywhere on the page."""

    rendered = Signal(object)  # the State, for the frame round the page
    open_wanted = Signal()
    save_wanted = Signal()
    copy_wanted = Signal()
    dropped = Signal(list)  # paths of local files

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.canvas = Canvas()
        self.drop_zone = DropZone()
        self.zoom_bar = ZoomBar(self.canvas)
        self.notice = Notice()
        self.scores = ScoresBar()
        self.inspector = Inspector()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.drop_zone)
        self._stack.addWidget(self.canvas)
        work = QWidget()
        column = QVBoxLayout(work)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.zoom_bar, self.notice, self._stack, self.scores):
            column.addWidget(widget, 1 if widget is self._stack else 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(work, 1)
        row.addWidget(self.inspector)

    def attach(self, presenter: "Presenter") -> None:
        """Send what a person does to the presenter."""
        self.canvas.visible_changed.connect(presenter.see)
        self.inspector.reference_chosen.connect(presenter.choose_reference)
        self.inspector.scale_chosen.connect(presenter.choose_scale)
        self.inspector.model_chosen.connect(presenter.choose_model)
        self.inspector.stop_or_start_wanted.connect(presenter.stop_or_start)
        self.inspector.save_wanted.connect(self.save_wanted)
        self.notice.dismissed.connect(presenter.dismiss)
        self.drop_zone.open_wanted.connect(self.open_wanted)
        self.drop_zone.sample_wanted.connect(presenter.open)
        self.scores.copy_wanted.connect(self.copy_wanted)
        self.dropped.connect(presenter.drop)

    # -- the presenter's view --------------------------------------------------------------------------------------

    def render(self, state: State) -> None:
        """Show a state."""
        self._stack.setCurrentWidget(self.canvas if state.name else self.drop_zone)
        self.zoom_bar.setEnabled(bool(state.name))
        self.canvas.working = state.working
        self.notice.render(state.notice)
        self.scores.render(state.readout)
        self.inspector.render(state)
        self.status_changed.emit(state.status)
        self.running_changed.emit(state.working)
        self.rendered.emit(state)

    def show_picture(self, pixels: NDArray[np.uint8]) -> None:
        """A new picture is there."""
        self._stack.setCurrentWidget(self.canvas)
        self.canvas.show_picture(pixels)

    def show_panes(self, panes: Mapping[str, NDArray[np.uint8]]) -> None:
        """Its enlargement has begun."""
        self.canvas.show_panes(panes)

    def show_tile(self, pane: str, rect: Any) -> None:
        """A tile of it is there."""
        self.canvas.tile_done(pane, rect.top, rect.left, rect.height, rect.width)

    # -- drops -----------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Say that files are welcome."""
        if _files(event.mimeData()):
            self.drop_zone.set_dragged_over(True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They went elsewhere."""
        self.drop_zone.set_dragged_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the files."""
        self.drop_zone.set_dragged_over(False)
        event.acceptProposedAction()
        self.dropped.emit(_files(event.mimeData()))

    def set_compact(self, compact: bool) -> None:
        """Take less room in a narrow window."""
        self.inspector.set_compact(compact)
        self.scores.set_compact(compact)
        self.drop_zone.set_compact(compact)

    def retint(self) -> None:
        """Take on the theme's colours where the style sheet does not reach."""
        self.drop_zone.retint()
        self.scores.retint()
        self.canvas.update()


def _files(data: QMimeData) -> list[Path]:
    """The local files in what is dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
