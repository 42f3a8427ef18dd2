"""The Compare page: toolbar, canvas or drop zone, readout, filmstrip and inspector, joined to their presenter."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from srcnn_gui.canvas.canvas import Canvas
from srcnn_gui.canvas.contents import Panes, Pixels
from srcnn_gui.canvas.view_layout import Look
from srcnn_gui.pages.compare.drop_halves import DropHalves
from srcnn_gui.pages.compare.drop_zone import DropZone
from srcnn_gui.pages.compare.filmstrip import Filmstrip
from srcnn_gui.pages.compare.inspector import Inspector
from srcnn_gui.pages.compare.scores_bar import ScoresBar
from srcnn_gui.pages.compare.state import State
from srcnn_gui.pages.compare.views_bar import ViewsBar
from srcnn_gui.pages.compare.zoom_bar import ZoomBar
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import theme
from srcnn_gui.ui.file_drops import DropPage
from srcnn_gui.ui.notice import Notice
from srcnn_gui.ui.panel import beside_work, stacked

if TYPE_CHECKING:
    from srcnn_gui.pages.compare.presenter import Presenter

_STRIP_FROM = 680  # px of the window's height; below that the filmstrip would leave too little to see


class CompareTab(DropPage):
    """The presenter's view."""

    rendered = Signal(object)  # the State, for the frame round the page
    open_wanted = Signal()
    folder_wanted = Signal()
    paste_wanted = Signal()
    truth_file_wanted = Signal()
    size_wanted = Signal()
    import_wanted = Signal()
    save_wanted = Signal()
    export_wanted = Signal()
    copy_wanted = Signal()
    dropped = Signal(list)  # paths of local files
    truth_dropped = Signal(object)  # the path of one

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas()
        keys = _("Arrow keys pan, plus and minus zoom, Space shows the other picture")
        self.canvas.setAccessibleDescription(keys)
        self.drop_zone = DropZone()
        self.zoom_bar = ZoomBar(self.canvas)
        self.views_bar = ViewsBar()
        self.notice = Notice()
        self.scores = ScoresBar()
        self.filmstrip = Filmstrip()
        self.inspector = Inspector()
        self._look = Look()
        self.show_strip, self.show_inspector = True, True
        self._stack = QStackedWidget()
        self._stack.addWidget(self.drop_zone)
        self._stack.addWidget(self.canvas)
        self._bar = self._toolbar()
        work = (self._bar, self.notice, self._stack, self.scores, self.filmstrip)
        beside_work(self, stacked(work, self._stack), self.inspector)
        self._halves = DropHalves(self)
        self._there = 0  # pictures in the strip

    @property
    def shown(self) -> QWidget:
        """What stands in the middle: the picture, or where one is dropped."""
        return self._stack

    @property
    def regions(self) -> tuple[QWidget, ...]:
        """Toolbar, pictures, figures, filmstrip, choices."""
        return (self._bar, self.notice, self._stack, self.scores, self.filmstrip, self.inspector)

    def attach(self, presenter: "Presenter") -> None:
        """Send what a person does to the presenter."""
        pictures = presenter.pictures
        self.canvas.visible_changed.connect(presenter.see)
        self.canvas.selected.connect(presenter.select)
        self.canvas.content_chosen.connect(lambda *chosen: presenter.look(self._look.showing(*chosen)))
        self.views_bar.chosen.connect(presenter.look)
        self.inspector.truth_chosen.connect(presenter.choose_truth)
        self.inspector.scale_chosen.connect(presenter.choose_scale)
        self.inspector.model_chosen.connect(presenter.choose_model)
        self.inspector.device_chosen.connect(presenter.choose_device)
        self.inspector.precision_chosen.connect(presenter.choose_precision)
        self.inspector.ensemble_chosen.connect(presenter.choose_ensemble)
        self.inspector.stop_or_start_wanted.connect(presenter.stop_or_start)
        self.notice.dismissed.connect(presenter.dismiss)
        self.drop_zone.sample_wanted.connect(pictures.open)
        self.filmstrip.wanted.connect(pictures.show)
        self.dropped.connect(lambda paths: pictures.open(*paths))
        self.truth_dropped.connect(pictures.use_truth)
        for wanted, passed_on in (
            (self.drop_zone.open_wanted, self.open_wanted),
            (self.drop_zone.folder_wanted, self.folder_wanted),
            (self.drop_zone.paste_wanted, self.paste_wanted),
            (self.filmstrip.add_wanted, self.open_wanted),
            (self.inspector.truth_file_wanted, self.truth_file_wanted),
            (self.inspector.size_wanted, self.size_wanted),
            (self.inspector.import_wanted, self.import_wanted),
            (self.inspector.save_wanted, self.save_wanted),
            (self.inspector.export_wanted, self.export_wanted),
            (self.scores.copy_wanted, self.copy_wanted),
        ):
            wanted.connect(passed_on)

    # -- the presenter's view --------------------------------------------------------------------------------------

    def display(self, state: State) -> None:
        """Show a state."""
        self._stack.setCurrentWidget(self.canvas if state.name else self.drop_zone)
        self.zoom_bar.display(there=bool(state.name))
        self.canvas.working = state.working
        self.views_bar.display(state.look)
        self.notice.display(state.notice)
        self.scores.display(state.readout)
        self.filmstrip.display(state.strip, state.current)
        self._there = len(state.strip)
        self._show_parts()
        self.inspector.display(state)
        self.status_changed.emit(state.status)
        self.running_changed.emit(state.working)
        self.rendered.emit(state)
        if state.look != self._look:  # last: another part may be visible then, which is rendered at once
            self._look = state.look
            self.canvas.show_look(state.look)

    def show_picture(self, pixels: Pixels, icc: bytes | None = None, alpha: Pixels | None = None) -> None:
        """A new picture is there."""
        self._stack.setCurrentWidget(self.canvas)
        self.canvas.show_picture(pixels, icc, alpha)

    def show_transparency(self, alphas: Mapping[str, Pixels]) -> None:
        """How opaque what it shows is."""
        self.canvas.contents.show_transparency(alphas)
        self.canvas.repaint_soon()

    def show_panes(self, panes: Panes, truth: Pixels | None, original: Pixels) -> None:
        """Its enlargement has begun."""
        self.canvas.show_panes(panes, truth, original)

    def show_tile(self, pane: str, rect: Any) -> None:
        """A tile of it is there."""
        self.canvas.tile_done(pane, rect.top, rect.left, rect.height, rect.width)

    def show_thumbnail(self, key: int, pixels: NDArray[np.uint8]) -> None:
        """A picture of the strip is drawn."""
        self.filmstrip.show_thumbnail(key, pixels)

    def take_over(self, before: Self) -> None:
        """The pixels, where they are looked at, and what is hidden."""
        canvas, old = self.canvas, before.canvas
        canvas.contents, canvas.divider, canvas.selection = old.contents, old.divider, old.selection
        canvas.viewport = old.viewport
        for action, was in zip(self.zoom_bar.view_actions, before.zoom_bar.view_actions, strict=True):
            action.setChecked(was.isChecked())
        self.filmstrip.take_over(before.filmstrip)
        self.show_strip, self.show_inspector = before.show_strip, before.show_inspector
        self._show_parts()

    # -- drops -----------------------------------------------------------------------------------------------------

    def may_drop(self, files: list[Path]) -> bool:
        """Return True: files can be opened at any time."""
        return True

    def show_drag(self, event: QDropEvent, files: list[Path]) -> None:
        """Light up the zone, or with an image there the half under the pointer; only one file is a ground truth."""
        if self._stack.currentWidget() is self.drop_zone:
            self.drop_zone.set_dragged_over(True)
            return
        corner = self._stack.mapTo(self, self._stack.rect().topLeft())
        area = self._stack.rect().translated(corner)
        self._halves.show_over(area, self._across(event), both=len(files) == 1 and files[0].is_file())

    def hide_drag(self) -> None:
        """Stop showing the drag."""
        self.drop_zone.set_dragged_over(False)
        self._halves.hide()

    def drop(self, event: QDropEvent, files: list[Path]) -> None:
        """Open the files, or use a single one as the ground truth."""
        if self._halves.isVisible() and self._halves.is_truth(self._across(event)):
            self.truth_dropped.emit(files[0])
        else:
            self.dropped.emit(files)

    def _across(self, event: QDropEvent) -> int:
        """How far right on the canvas the pointer is, px."""
        return int(event.position().x()) - self._stack.mapTo(self, self._stack.rect().topLeft()).x()

    # -- room ------------------------------------------------------------------------------------------------------

    def set_compact(self, compact: bool) -> None:
        """Take less room in a narrow window."""
        self.inspector.set_compact(compact)
        self.scores.set_compact(compact)
        self.drop_zone.set_compact(compact)
        self.views_bar.set_compact(compact)
        self._stack.updateGeometry()
        self._show_parts()

    def toggle(self, *, strip: bool = False, inspector: bool = False) -> None:
        """Hide the filmstrip or the inspector, or show it again."""
        self.show_strip ^= strip
        self.show_inspector ^= inspector
        self._show_parts()

    def retint(self) -> None:
        """Take on the theme's colours where the style sheet does not reach."""
        self.drop_zone.retint()
        self.filmstrip.update()
        self.scores.retint()
        self.canvas.update()

    def _show_parts(self) -> None:
        """The strip where there is something in it and room for it; the inspector unless it was hidden."""
        tall = self.window().height() >= _STRIP_FROM
        self.filmstrip.setVisible(self.show_strip and tall and self._there > 0)
        self.inspector.setVisible(self.show_inspector)

    def _toolbar(self) -> QWidget:
        bar = QWidget()
        theme.set_role(bar, "toolbar")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        bar.setFixedHeight(theme.grown(48))
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 8, 12, 8)
        row.addWidget(self.views_bar)
        row.addStretch()
        row.addWidget(self.zoom_bar)
        return bar
