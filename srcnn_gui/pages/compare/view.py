"""View of the Compare page, with toolbar, canvas or empty state, readout, filmstrip and inspector."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QWidget

from srcnn_gui.canvas.canvas import Canvas
from srcnn_gui.canvas.contents import Panes, Pixels
from srcnn_gui.canvas.view_layout import ViewLayout
from srcnn_gui.pages.compare.drop_targets import DropTargets
from srcnn_gui.pages.compare.empty_state import CompareEmptyState
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
from srcnn_gui.ui.panel import add_side_panel, stack_vertically

if TYPE_CHECKING:
    from srcnn_gui.pages.compare.presenter import Presenter


class ComparePage(DropPage):
    """The Compare page, which is the view of `Presenter`."""

    rendered = Signal(object)  # the displayed State, for the window and its menus
    open_requested = Signal()
    folder_requested = Signal()
    paste_requested = Signal()
    ground_truth_file_requested = Signal()
    size_requested = Signal()
    import_requested = Signal()
    save_requested = Signal()
    save_as_requested = Signal()
    export_requested = Signal()
    copy_requested = Signal()
    dropped = Signal(list)  # paths of local files
    ground_truth_dropped = Signal(object)  # path of a local file

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas()
        keys = _("Press the arrow keys to pan, or plus and minus to zoom. Hold Space to show the other image.")
        self.canvas.setAccessibleDescription(keys)
        self.empty_state = CompareEmptyState()
        self.zoom_bar = ZoomBar(self.canvas)
        self.views_bar = ViewsBar()
        self.notice = Notice()
        self.scores = ScoresBar()
        self.filmstrip = Filmstrip()
        self.inspector = Inspector()
        self._view_layout = ViewLayout()
        self.show_filmstrip, self.show_inspector = True, True
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty_state)
        self._stack.addWidget(self.canvas)
        self._toolbar_widget = self._toolbar()
        work = (self._toolbar_widget, self.notice, self._stack, self.scores, self.filmstrip)
        add_side_panel(self, stack_vertically(work, self._stack), self.inspector)
        self._drop_targets = DropTargets(self)
        self._image_count = 0  # images in the filmstrip
        self._only_image = False  # whether everything but the canvas is hidden

    @property
    def center_widget(self) -> QWidget:
        """Widget in the center of the page, which shows the canvas or the empty state."""
        return self._stack

    @property
    def regions(self) -> tuple[QWidget, ...]:
        """Regions of the page, in the order in which Tab and F6 visit them."""
        return (self._toolbar_widget, self.notice, self._stack, self.scores, self.filmstrip, self.inspector)

    def attach(self, presenter: "Presenter") -> None:
        """Connect the signals of the page to the presenter."""
        images = presenter.images
        self.canvas.visible_changed.connect(presenter.set_viewport)
        self.canvas.selected.connect(presenter.select_region)
        self.canvas.content_chosen.connect(
            lambda *chosen: presenter.set_view_layout(self._view_layout.with_content(*chosen))
        )
        self.views_bar.view_layout_chosen.connect(presenter.set_view_layout)
        self.views_bar.view_layout_chosen.connect(self._focus_flipped_image)
        self.inspector.ground_truth_chosen.connect(presenter.choose_ground_truth)
        self.inspector.scale_chosen.connect(presenter.choose_scale)
        self.inspector.model_chosen.connect(presenter.choose_model)
        self.inspector.suggested_model_requested.connect(presenter.use_suggested_model)
        self.inspector.device_chosen.connect(presenter.choose_device)
        self.inspector.precision_chosen.connect(presenter.choose_precision)
        self.inspector.strength_chosen.connect(presenter.choose_strength)
        self.inspector.sharpness_chosen.connect(presenter.choose_sharpness)
        self.inspector.seamless_chosen.connect(presenter.choose_seamless)
        self.inspector.self_ensemble_chosen.connect(presenter.choose_self_ensemble)
        self.inspector.output_options_chosen.connect(lambda changes: presenter.choose_output_options(**changes))
        self.inspector.stop_or_start_requested.connect(presenter.toggle_running)
        self.notice.dismissed.connect(presenter.dismiss_notice)
        self.empty_state.sample_requested.connect(images.open)
        self.filmstrip.image_chosen.connect(images.show)
        self.filmstrip.close_requested.connect(images.close)
        self.dropped.connect(lambda paths: images.open(*paths))
        self.ground_truth_dropped.connect(images.use_ground_truth)
        for signal, forwarded in (
            (self.empty_state.open_requested, self.open_requested),
            (self.empty_state.folder_requested, self.folder_requested),
            (self.empty_state.paste_requested, self.paste_requested),
            (self.filmstrip.add_requested, self.open_requested),
            (self.inspector.ground_truth_file_requested, self.ground_truth_file_requested),
            (self.inspector.size_requested, self.size_requested),
            (self.inspector.import_requested, self.import_requested),
            (self.inspector.save_requested, self.save_requested),
            (self.inspector.save_as_requested, self.save_as_requested),
            (self.inspector.export_requested, self.export_requested),
            (self.scores.copy_requested, self.copy_requested),
        ):
            signal.connect(forwarded)

    def focus_center(self) -> None:
        """Move the keyboard focus to the canvas, or to the first button of the empty state."""
        center = self.canvas if self._stack.currentWidget() is self.canvas else self.empty_state.open
        center.setFocus(Qt.FocusReason.OtherFocusReason)

    def _focus_flipped_image(self, view_layout: ViewLayout) -> None:
        """Move the keyboard focus to the canvas if the flip view was chosen, because Space works only there."""
        if view_layout.view == "flip" and self._stack.currentWidget() is self.canvas:
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- interface for the presenter -------------------------------------------------------------------------------

    def display(self, state: State) -> None:
        """Update the page to match `state`, and emit the signals for the window."""
        self.empty_state.mark_training_samples(state.model.training_samples if state.model else ())
        self._show_in_center(self.canvas if state.name else self.empty_state)
        self.empty_state.set_samples_visible(not state.filmstrip)
        self.zoom_bar.display(has_image=bool(state.name))
        self.canvas.set_upscaling(state.working)
        self.canvas.set_model_title(state.model.model_title if state.model else "")
        self.views_bar.display(state.view_layout)
        self.notice.display(state.notice, state.notice_actions, state.notice_kind)
        self.scores.display(state.readout)
        self.canvas.initial_zoom = state.initial_zoom / 100
        self.filmstrip.set_names_visible(state.shows_file_names)
        self.filmstrip.display(state.filmstrip, state.selected)
        self._image_count = len(state.filmstrip)
        self._update_visibility()
        self.inspector.display(state)
        self.title_changed.emit(state.name)
        self.status_changed.emit(state.status)
        self.running_changed.emit(state.working)
        self.rendered.emit(state)
        if state.view_layout != self._view_layout:  # last, because the layout may change the visible part
            self._view_layout = state.view_layout
            self.canvas.set_view_layout(state.view_layout)

    def show_image(self, pixels: Pixels, icc: bytes | None = None, alpha: Pixels | None = None) -> None:
        """Show an image in the canvas until its first tiles are upscaled.

        Parameters
        ----------
        pixels : uint8 or uint16 array of shape (H, W, 1|3)
        icc : color profile, or None for sRGB
        alpha : alpha channel of shape (H, W), or None if the image is opaque
        """
        self._show_in_center(self.canvas)
        self.canvas.show_image(pixels, icc, alpha)

    def set_alphas(self, alphas: Mapping[str, Pixels]) -> None:
        """Set the alpha channels of the pane contents. A content without an alpha channel is opaque."""
        self.canvas.contents.set_alphas(alphas)
        self.canvas.schedule_repaint()

    def show_panes(self, panes: Panes, ground_truth: Pixels | None, low_res: Pixels) -> None:
        """Show new panes, whose tiles become visible when `show_tile` is called.

        Parameters
        ----------
        panes : pixels of the bicubic and model panes, which the upscaling job fills tile by tile
        ground_truth : pixels of the ground truth, or None if there is none
        low_res : pixels of the input before upscaling
        """
        self.canvas.show_panes(panes, ground_truth, low_res)

    def show_tile(self, pane: str, rect: Any) -> None:
        """Show a finished tile of a pane. `rect` is its `Rect` in pixels of the result."""
        self.canvas.mark_tile_done(pane, rect.top, rect.left, rect.height, rect.width)

    def show_thumbnail(self, key: int, pixels: NDArray[np.uint8]) -> None:
        """Show the thumbnail of an image in the filmstrip."""
        self.filmstrip.show_thumbnail(key, pixels)

    def open_file(self, path: Path) -> None:
        """Open a file with its default application."""
        self._open_in_system(path)

    def show_in_folder(self, path: Path) -> None:
        """Show the folder of a file in the file manager."""
        self._open_in_system(path.parent)

    def _open_in_system(self, path: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self.status_changed.emit(_("No program is available to open {name}").format(name=path.name))

    def restore_from(self, previous: Self) -> None:
        """Copy the pixels, the zoom, the selection and the visibility of the panels from `previous`."""
        canvas, old = self.canvas, previous.canvas
        canvas.contents, canvas.divider, canvas.selection = old.contents, old.divider, old.selection
        canvas.viewport = old.viewport
        for action, previous_action in zip(self.zoom_bar.view_actions, previous.zoom_bar.view_actions, strict=True):
            action.setChecked(previous_action.isChecked())
        self.filmstrip.restore_from(previous.filmstrip)
        self.show_filmstrip, self.show_inspector = previous.show_filmstrip, previous.show_inspector
        self._update_visibility()

    # -- drops -----------------------------------------------------------------------------------------------------

    def check_drop(self, files: list[Path]) -> bool:
        """Return True, because files can be opened at any time."""
        return True

    def show_drop_hint(self, event: QDropEvent, files: list[Path]) -> None:
        """Highlight the empty state, or the half of the canvas under the pointer."""
        if self._stack.currentWidget() is self.empty_state:
            self.empty_state.set_dragged_over(True)
            return
        corner = self._stack.mapTo(self, self._stack.rect().topLeft())
        area = self._stack.rect().translated(corner)
        self._drop_targets.show_over(area, self._canvas_x(event), show_both=len(files) == 1 and files[0].is_file())

    def hide_drop_hint(self) -> None:
        """Remove the highlight and the drop targets of a drag."""
        self.empty_state.set_dragged_over(False)
        self._drop_targets.hide()

    def drop(self, event: QDropEvent, files: list[Path]) -> None:
        """Open the dropped files. If a file is dropped on the right target, use it as the ground truth."""
        if self._drop_targets.isVisible() and self._drop_targets.is_ground_truth(self._canvas_x(event)):
            self.ground_truth_dropped.emit(files[0])
        else:
            self.dropped.emit(files)

    def _canvas_x(self, event: QDropEvent) -> int:
        """Return the distance of the pointer from the left edge of the canvas, in px."""
        return int(event.position().x()) - self._stack.mapTo(self, self._stack.rect().topLeft()).x()

    # -- layout ----------------------------------------------------------------------------------------------------

    def set_compact(self, compact: bool) -> None:
        """Set whether the page uses less space, for a narrow window."""
        self.inspector.set_compact(compact)
        self.scores.set_compact(compact)
        self.empty_state.set_compact(compact)
        self.views_bar.set_compact(compact)
        self._stack.updateGeometry()
        self._update_visibility()

    @property
    def can_show_only_image(self) -> bool:
        """Whether the page shows an image that can fill the screen."""
        return self._stack.currentWidget() is self.canvas

    def show_only_image(self, only_image: bool) -> None:
        """Hide everything but the canvas and notices, or show all parts again."""
        self._only_image = only_image
        self._update_visibility()

    def toggle_panel(self, *, filmstrip: bool = False, inspector: bool = False) -> None:
        """Toggle the visibility of the filmstrip (`filmstrip`), the inspector (`inspector`) or both."""
        self.show_filmstrip ^= filmstrip
        self.show_inspector ^= inspector
        self._update_visibility()

    def apply_theme(self) -> None:
        """Update the colors that the style sheet does not cover."""
        self.empty_state.apply_theme()
        self.filmstrip.update()
        self.scores.apply_theme()
        self.canvas.update()

    def _update_visibility(self) -> None:
        """Show or hide the widgets around the canvas. The filmstrip is hidden if no images are open."""
        self._toolbar_widget.setVisible(not self._only_image)
        self.scores.setVisible(not self._only_image)
        self.filmstrip.setVisible(self.show_filmstrip and self._image_count > 0 and not self._only_image)
        self.inspector.setVisible(self.show_inspector and not self._only_image)

    def _show_in_center(self, widget: QWidget) -> None:
        """Show the canvas or the empty state. A hidden empty state does not limit the size of the page."""
        policy = QSizePolicy.Policy
        preferred = policy.Preferred if widget is self.empty_state else policy.Ignored
        self.empty_state.setSizePolicy(preferred, preferred)
        if widget is self._stack.currentWidget():
            return
        has_focus = self._stack.isAncestorOf(self.window().focusWidget())
        self._stack.setCurrentWidget(widget)
        # With the focus, the arrow keys pan the first image without a click. Qt would move the focus elsewhere.
        if widget is self.canvas or has_focus:
            self.focus_center()

    def _toolbar(self) -> QWidget:
        bar = QWidget()
        theme.set_role(bar, "toolbar")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        bar.setFixedHeight(theme.scaled_px(48))
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 8, 12, 8)
        row.addWidget(self.views_bar)
        row.addStretch()
        row.addWidget(self.zoom_bar)
        return bar
