"""Menu actions, file dialogs and clipboard of the Compare page."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMenu

from srcnn_gui.canvas.view_layout import VIEWS, content_title
from srcnn_gui.choices import file_filters
from srcnn_gui.choices.model_dialog import ask_for_model
from srcnn_gui.choices.options import SCALES
from srcnn_gui.choices.size_dialog import SizeDialog
from srcnn_gui.pages.compare.presenter import Presenter
from srcnn_gui.pages.compare.save_dialog import SaveDialog
from srcnn_gui.pages.compare.saving import CompareResult
from srcnn_gui.pages.compare.state import State
from srcnn_gui.pages.compare.view import ComparePage
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import qimages
from srcnn_gui.ui.menus import PageActions, make_action, set_action_text
from srcnn_gui.ui.page import PageHost

INITIAL_ZOOMS = (0, 100, 200, 400)  # zooms of new images, in percent; 0 fits them to the window
MAX_RECENT_FILES = 10


class CompareActions(QObject):
    """Menu actions of the Compare page, including their file dialogs and clipboard access.

    Parameters
    ----------
    folder : folder in which file dialogs start
    recent : paths of the files in the Open Recent menu, latest first
    """

    folder_used = Signal(str)  # folder of the last file dialog
    recent_changed = Signal(list)  # paths of the recent files, latest first
    batch_requested = Signal(Path)  # file to add to the batch

    def __init__(
        self,
        window: PageHost,
        page: ComparePage,
        presenter: Presenter,
        folder: str = "",
        recent: list[str] | None = None,
    ) -> None:
        super().__init__(page)
        self._window, self._page, self._presenter, self._folder = window, page, presenter, folder
        self._recent = list(recent or [])
        self._last_recent: Path | None = None  # file that was shown last
        self._actions = PageActions(page)
        self._build_file_menu()
        self._build_edit_menu()
        self._build_view_menu()
        self._build_image_menu()
        for signal, slot in (
            (page.open_requested, self.choose_images),
            (page.folder_requested, self.choose_folder),
            (page.paste_requested, self.paste),
            (page.ground_truth_file_requested, self.open_ground_truth_dialog),
            (page.size_requested, self.ask_for_size),
            (page.import_requested, self.import_model),
            (page.save_requested, self.save_result),
            (page.save_as_requested, self.save_result_as),
            (page.export_requested, self.export_comparison),
            (page.copy_requested, self.copy_scores),
            (page.filmstrip.menu_requested, self._show_image_menu),
            (page.canvas.menu_requested, self._show_pane_menu),
            (page.rendered, self.update_actions),
            (page.canvas.hovered, self._show_values),
            (page.canvas.selecting_changed, self._update_clear),
            (page.canvas.selected, self._update_clear),
        ):
            signal.connect(slot)
        self.update_actions(presenter.state)

    def update_actions(self, state: State) -> None:
        """Update the menus, and the device in the status bar, to match `state`."""
        self._window.show_device(state.device_title)
        for action in (self._save, self._save_as, self._save_with_options, self._export, self._copy_result):
            action.setEnabled(state.can_save)
        self._update_save_texts(state)
        self._stop.setEnabled(state.working)
        self._reopen.setEnabled(state.can_reopen)
        self._copy.setEnabled(not state.readout.whole_scores.stale)
        self._select.setEnabled(bool(state.name))
        self._update_clear()
        for scale, action in self._scales.items():
            action.setEnabled(scale in state.scales)
            action.setChecked(scale == state.scale and state.target is None)
        self._ground_truth_actions["none"].setChecked(state.ground_truth == "none")
        self._ground_truth_actions["simulate"].setChecked(state.ground_truth == "simulate")
        self._ground_truth_actions["file"].setChecked(state.ground_truth == "file")
        for action in (self._ground_truth_actions["simulate"], self._ground_truth_actions["file"]):
            action.setEnabled(bool(state.name))
        self._self_ensemble.setChecked(state.self_ensemble)
        self._file_names.setChecked(state.shows_file_names)
        for percent, action in self._initial_zooms.items():
            action.setChecked(percent == state.initial_zoom)
        self._add_recent(state)

    def _update_clear(self) -> None:
        """Enable Clear Selection and the actions for the region only if they have an effect.

        Otherwise, the shortcut of Clear Selection, Esc, leaves full screen.
        """
        self._clear.setEnabled(self._page.canvas.can_clear_selection)
        self._crop.setEnabled(self._page.canvas.selection is not None)
        self._uncrop.setEnabled(self._presenter.state.region is not None)

    def _update_save_texts(self, state: State) -> None:
        """Set the texts of the save and copy actions, which are different for a simulation."""
        simulated = state.simulated
        set_action_text(self._save, _("&Save Simulation") if simulated else _("&Save Result"))
        set_action_text(self._save_as, _("Sa&ve Simulation As…") if simulated else _("Sa&ve Result As…"))
        set_action_text(
            self._save_with_options,
            _("Save Simulation &with Options…") if simulated else _("Save &with Options…"),
        )
        set_action_text(self._copy_result, _("&Copy Simulation") if simulated else _("&Copy Result"))

    # -- files -----------------------------------------------------------------------------------------------------

    def choose_images(self) -> None:
        """Ask the user for image files, and open them."""
        names, _kind = QFileDialog.getOpenFileNames(
            self._window, _("Open Images"), self._folder, file_filters.open_filter()
        )
        if names:
            self._set_folder(names[0])
            self._presenter.images.open(*map(Path, names))

    def choose_folder(self) -> None:
        """Ask the user for a folder, and open the images in it."""
        name = QFileDialog.getExistingDirectory(self._window, _("Open Folder"), self._folder)
        if name:
            self._set_folder(str(Path(name) / "inside"))
            self._presenter.images.open(Path(name))

    def open_ground_truth_dialog(self) -> None:
        """Ask the user for the ground truth file of the open image, and use it."""
        self._page.inspector.display(self._presenter.state)  # show the current setting until a file is selected
        self.update_actions(self._presenter.state)
        name, _filter = QFileDialog.getOpenFileName(
            self._window, _("Open Ground Truth"), self._folder, file_filters.open_filter()
        )
        if name:
            self._set_folder(name)
            self._presenter.images.use_ground_truth(Path(name))

    def ask_for_size(self) -> None:
        """Ask the user for a scale factor or a target size, and upscale to it."""
        state = self._presenter.state
        dialog = SizeDialog(
            state.target,
            self._window,
            in_px=not state.simulated,
            describe_size=self._presenter.describe_result_size if state.name else None,
        )
        if dialog.exec():
            self._presenter.choose_size(dialog.target)
        self._page.inspector.display(self._presenter.state)

    def import_model(self) -> None:
        """Ask the user for a model file, and import it."""
        if chosen := ask_for_model(self._window, self._folder, self._presenter.state.scale):
            self._set_folder(str(chosen[0]))
            self._presenter.import_model(*chosen)

    def save_result(self) -> None:
        """Save the result in its default folder, or ask the user for a path if there is none."""
        if self._presenter.state.can_save and not self._presenter.saving.save_to_folder():
            self.save_result_as()

    def save_result_as(self) -> None:
        """Ask the user for a path, and save the result there."""
        result = self._presenter.saving.finished_result()
        if self._presenter.state.can_save and result:
            chosen = asdict(self._presenter.state.output_options)
            options = chosen | {"format": None}  # the extension decides
            self._save_to_chosen_path(
                result, chosen["format"], file_filters.save_filter(separate_formats=True), options
            )

    def save_with_options(self) -> None:
        """Ask the user for the save options and for a path, and save the result."""
        result = self._presenter.saving.finished_result()
        if self._presenter.state.can_save and result:
            dialog = SaveDialog(self._window, asdict(self._presenter.state.output_options))
            if result.simulated:
                dialog.setWindowTitle(_("Save Simulation with Options"))
            if dialog.exec():
                self._presenter.choose_output_options(
                    **{name: dialog.options[name] for name in ("background", "keep_time")}
                )
                file_filter = file_filters.save_filter(separate_formats=False)
                self._save_to_chosen_path(result, dialog.options["format"], file_filter, dialog.options)

    def export_comparison(self) -> None:
        """Ask the user for a path, and export a comparison of both panes."""
        result = self._presenter.saving.finished_result()
        if self._presenter.state.can_save and result:
            title = _("Export Simulated Comparison") if result.simulated else _("Export Comparison")
            suggested = f"{Path(result.suggested_name).stem}_compared.png"
            file_filter = f"{_('Side by side')} (*.png *.jpg *.tif);;{_('Animated')} (*.webp *.gif *.apng)"
            self._choose_save_path(
                title, suggested, file_filter, partial(self._presenter.saving.export_comparison, result=result)
            )

    def _save_to_chosen_path(
        self, result: CompareResult, extension: str | None, file_filter: str, options: dict[str, Any]
    ) -> None:
        """Ask the user for a path, and save a result there.

        Parameters
        ----------
        result : result to save
        extension : extension of the selected format, or None to suggest the extension of the source
        file_filter : filter of the file dialog
        options : keyword arguments of `OutputOptions`
        """
        title = _("Save Simulation") if result.simulated else _("Save Result")
        suggested = Path(result.suggested_name)
        name = f"{suggested.stem}.{extension}" if extension else suggested.name
        self._choose_save_path(
            title, name, file_filter, partial(self._presenter.saving.save, result=result, **options)
        )

    def _choose_save_path(self, title: str, suggested: str, file_filter: str, save: Callable[[Path], None]) -> None:
        start = str((self._presenter.saving.suggest_folder() or Path(self._folder)) / suggested)
        name, _filter = QFileDialog.getSaveFileName(self._window, title, start, file_filter)
        if name:
            path = Path(name)
            self._set_folder(name)
            full_path = path if path.suffix else path.with_suffix(Path(suggested).suffix)
            if (confirmed := file_filters.confirm_overwrite(self._window, path, full_path)) is not None:
                save(confirmed)

    def _set_folder(self, name: str) -> None:
        self._folder = str(Path(name).parent)
        self.folder_used.emit(self._folder)

    def _add_recent(self, state: State) -> None:
        """Move the open file to the top of the list of recent files."""
        source = self._presenter.images.path_of(state.current)
        if source == self._last_recent:
            return
        self._last_recent = source
        if source is not None:
            self._recent = [str(source), *(name for name in self._recent if name != str(source))][:MAX_RECENT_FILES]
            self.recent_changed.emit(self._recent)

    def _update_recent_menu(self) -> None:
        """Fill the Open Recent menu with the recent files that still exist."""
        self._recent_menu.clear()
        existing = [Path(name) for name in self._recent if Path(name).is_file()]
        for path, title in zip(existing, _recent_titles(existing), strict=True):
            text = title.replace("&", "&&")
            self._recent_menu.addAction(text, lambda path=path: self._presenter.images.open(path)).setToolTip(
                str(path)
            )
        if not existing:
            self._recent_menu.addAction(_("No Recent Images")).setEnabled(False)
            return
        self._recent_menu.addSeparator()
        self._recent_menu.addAction(_("&Clear Menu"), self._clear_recent).setToolTip(
            _("Removes all entries from this menu")
        )

    def _clear_recent(self) -> None:
        """Remove all entries of the Open Recent menu. The open image is not added until it is opened again."""
        self._recent = []
        self.recent_changed.emit([])

    # -- clipboard -------------------------------------------------------------------------------------------------

    def paste(self) -> None:
        """Open the files or the image on the clipboard, or show a notice if there are none."""
        data: QMimeData = QGuiApplication.clipboard().mimeData()
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        image = QGuiApplication.clipboard().image() if data.hasImage() else QImage()
        if files:
            self._presenter.images.open(*files)
        elif not image.isNull():
            image = qimages.as_rgb(image)
            self._presenter.images.paste(
                qimages.from_qimage(image), qimages.alpha_of(image), qimages.icc_profile(image)
            )
        else:
            self._presenter.show_notice(
                _("The clipboard contains no image. Copy an image or image files, then paste again.")
            )

    def copy_result(self) -> None:
        """Copy the image of the finished result to the clipboard."""
        result = self._presenter.saving.finished_result()
        if result is not None:
            image = result.image
            icc = self._presenter.saving.result_profile()
            QGuiApplication.clipboard().setImage(qimages.image_to_qimage(image.pixels, image.alpha, icc))
            self._page.status_changed.emit(_("Simulation copied") if result.simulated else _("Result copied"))

    def copy_scores(self) -> None:
        """Copy the scores to the clipboard as text."""
        if text := self._presenter.saving.scores_text():
            QGuiApplication.clipboard().setText(text)
            self._page.status_changed.emit(_("Scores copied"))

    # -- menus -----------------------------------------------------------------------------------------------------

    def _show_values(self, x: int, y: int) -> None:
        """Show the values of a pixel of both panes in the status bar, or clear them if `x` is negative."""
        if x < 0:
            self._window.pixel_values.setText("")
            return
        values = self._page.canvas.pixel_values(x, y)
        model = self._presenter.state.model
        title = model.model_title if model else ""
        parts = [f"{content_title(name, title)} {' '.join(map(str, levels))}" for name, levels in values.items()]
        self._window.pixel_values.setText("    ".join([f"x {x}  y {y}", *parts]))

    def _show_pane_menu(self, content: str, position: QPoint) -> None:
        """Show the context menu of a pane, in which Copy Image copies `content`."""
        self._show_image_menu(self._presenter.state.current, position, content)

    def _show_image_menu(self, key: int, position: QPoint, content: str = "model") -> None:
        """Show the context menu of an image in the filmstrip or in a pane.

        Parameters
        ----------
        key : key of the image
        position : position on the screen
        content : pane content that Copy Image copies, if the image is the current one
        """
        images, state = self._presenter.images, self._presenter.state
        path, is_current = images.path_of(key), key == state.current
        is_saveable = is_current and state.can_save
        menu = QMenu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        entries: tuple[tuple[str, Callable[[], object], bool] | None, ...] = (
            (_("&Copy Image"), lambda: self._copy_pane(content), is_current and state.has_result),
            (self._save.text() if is_current else _("&Save Result"), self.save_result, is_saveable),
            None,
            (
                _("Use as &Ground Truth"),
                lambda: self._use_as_ground_truth(key),
                not state.simulated if is_current else path is not None and bool(state.name),
            ),
            (_("Add to &Batch"), partial(_use_file, self.batch_requested.emit, path), path is not None),
            None,
            (_("Show in &Folder"), partial(_use_file, self._page.show_in_folder, path), path is not None),
            (_("Copy &Path"), partial(_use_file, self._copy_path, path), path is not None),
            None,
            (_("C&lose"), lambda: images.close(key), True),
            (_("Close &All"), images.close_all, True),
        )
        if is_current and (self._crop.isEnabled() or self._uncrop.isEnabled()):
            menu.addActions([action for action in (self._crop, self._uncrop) if action.isEnabled()])
            menu.addSeparator()
        for entry in entries:
            if entry is None:
                menu.addSeparator()
            else:
                text, run, is_enabled = entry
                action = make_action(menu, text, (), lambda _checked, run=run: run())
                action.setEnabled(is_enabled)
                menu.addAction(action)
        menu.popup(position)

    def _use_as_ground_truth(self, key: int) -> None:
        """Use an image as the ground truth. For the current image, start a simulation."""
        path = self._presenter.images.path_of(key)
        if key == self._presenter.state.current:
            self._presenter.choose_ground_truth("simulate")
        elif path is not None:
            self._presenter.images.use_ground_truth(path)

    def _copy_pane(self, content: str) -> None:
        """Copy the image in a pane to the clipboard."""
        image = self._presenter.saving.pane_image(content)
        if image is not None:
            icc = self._presenter.saving.result_profile()
            QGuiApplication.clipboard().setImage(qimages.image_to_qimage(image.pixels, image.alpha, icc))
            self._page.status_changed.emit(_("Image copied"))

    def _copy_path(self, path: Path) -> None:
        QGuiApplication.clipboard().setText(str(path))
        self._page.status_changed.emit(_("Path copied"))

    def _build_file_menu(self) -> None:
        menu, add = self._window.menus.file, self._actions.add
        opening = [
            add(menu, _("&Open…"), "Ctrl+O", self.choose_images),
            add(menu, _("Open &Folder…"), "Ctrl+Shift+O", self.choose_folder),
        ]
        self._recent_menu = QMenu(_("Open &Recent"), menu)
        self._recent_menu.setToolTipsVisible(True)
        self._recent_menu.aboutToShow.connect(self._update_recent_menu)
        self._save = add(menu, _("&Save Result"), ["Ctrl+S", "Ctrl+Return"], self.save_result)
        self._save_as = add(menu, _("Sa&ve Result As…"), "Ctrl+Shift+S", self.save_result_as)
        self._save_with_options = add(menu, _("Save &with Options…"), "Ctrl+Alt+S", self.save_with_options)
        self._export = add(menu, _("&Export Comparison…"), "Ctrl+E", self.export_comparison)
        close = add(menu, _("&Close Image"), "Ctrl+W", self._presenter.images.close_selected)
        close_all = add(menu, _("Close &All Images"), "Ctrl+Shift+W", self._presenter.images.close_all)
        saving = [self._save, self._save_as, self._save_with_options, self._export]
        saving = [menu.addSeparator(), *saving, menu.addSeparator()]
        self._window.add_to_file_menu([*opening, self._recent_menu.menuAction(), close, close_all, *saving])

    def _build_edit_menu(self) -> None:
        menu, add, canvas = self._window.menus.edit, self._actions.add, self._page.canvas
        self._reopen = add(menu, _("&Undo Close"), "Ctrl+Z", self._presenter.images.reopen)
        paste = add(menu, _("&Paste"), "Ctrl+V", self.paste)
        self._copy_result = add(menu, _("&Copy Result"), "Ctrl+C", self.copy_result)
        self._copy = add(menu, _("C&opy Scores"), "Ctrl+Shift+C", self.copy_scores)
        separator = menu.addSeparator()
        self._select = self._page.zoom_bar.select
        self._actions.addAction(self._select)
        self._clear = add(menu, _("C&lear Selection"), "Esc", lambda: canvas.select_region(None))
        self._crop = add(menu, _("Upscale O&nly Region"), "C", self._presenter.upscale_region)
        self._uncrop = add(menu, _("Show &Whole Image"), "Shift+C", self._presenter.show_whole_image)
        undo = [self._reopen, menu.addSeparator()]
        self._window.add_to_edit_menu(
            [
                *undo,
                self._copy_result,
                self._copy,
                paste,
                separator,
                self._select,
                self._clear,
                self._crop,
                self._uncrop,
            ]
        )

    def _build_view_menu(self) -> None:
        page, menu = self._page, self._window.menus.view
        first = menu.actions()[0]
        bar = page.views_bar
        bar_actions = [*(bar.views[view] for view in VIEWS), bar.swap, bar.next_left, bar.next_right, None]
        parts = [
            self._actions.add(menu, _("&Inspector"), "I", lambda: page.toggle_panel(inspector=True), checkable=True),
            self._actions.add(menu, _("Fi&lmstrip"), "T", lambda: page.toggle_panel(filmstrip=True), checkable=True),
        ]

        show_names = self._presenter.show_file_names
        self._file_names = self._actions.add(menu, _("File &Names in Filmstrip"), (), show_names, checkable=True)
        zooms = QMenu(_("&Zoom of New Images"), menu)
        self._initial_zooms: dict[int, QAction] = {}
        for percent in INITIAL_ZOOMS:
            text = _("{percent}%").format(percent=percent) if percent else _("&Fit to Window")
            choose = lambda _checked, percent=percent: self._presenter.choose_initial_zoom(percent)  # noqa: E731
            self._initial_zooms[percent] = self._actions.add(zooms, text, (), choose, checkable=True)

        def check_parts() -> None:
            for part, is_visible in zip(parts, (page.show_inspector, page.show_filmstrip), strict=True):
                part.setChecked(is_visible)

        menu.aboutToShow.connect(check_parts)
        zoom_actions = [*page.zoom_bar.view_actions, zooms.menuAction()]
        for action in [*bar_actions, *zoom_actions, None, *parts, self._file_names, None]:
            if action is None:
                menu.insertSeparator(first)
            else:
                menu.insertAction(first, action)
                if action is not zooms.menuAction():
                    self._actions.addAction(action)

    def _build_image_menu(self) -> None:
        menu, add, presenter = self._window.menus.image, self._actions.add, self._presenter
        add(menu, _("&Next Image"), "PgDown", lambda: presenter.images.show_next(1))
        add(menu, _("&Previous Image"), "PgUp", lambda: presenter.images.show_next(-1))
        ground_truth = menu.addMenu(_("&Ground Truth"))
        self._ground_truth_actions: dict[str, QAction] = {
            "none": add(
                ground_truth, _("&None"), "Ctrl+Alt+T", lambda: presenter.choose_ground_truth("none"), checkable=True
            ),
            "simulate": add(
                ground_truth,
                _("This &Image (Simulate)"),
                "Ctrl+Shift+T",
                lambda: presenter.choose_ground_truth("simulate"),
                checkable=True,
            ),
            "file": add(ground_truth, _("&File…"), "Ctrl+T", self.open_ground_truth_dialog, checkable=True),
        }
        scales = menu.addMenu(_("&Scale Factor"))
        self._scales: dict[int, QAction] = {}
        for scale in SCALES:
            choose = lambda _checked, scale=scale: presenter.choose_scale(scale)  # noqa: E731
            self._scales[scale] = add(scales, f"×{scale}", f"Alt+{scale}", choose, checkable=True)
        add(scales, _("&Other…"), "Alt+5", self.ask_for_size)
        self._self_ensemble = add(
            menu, _("Self-&Ensemble (×8)"), "Ctrl+8", presenter.choose_self_ensemble, checkable=True
        )
        add(menu, _("&Import Model…"), "Ctrl+I", self.import_model)
        menu.addSeparator()
        self._stop = add(menu, _("S&top"), "Ctrl+.", presenter.cancel)


def _recent_titles(paths: list[Path]) -> list[str]:
    """Return the file name of each path, followed by its folder if the name is not unique."""
    names = [path.name for path in paths]
    in_folder = [f"{path.name} – {path.parent.name}" for path in paths]
    return [
        name if names.count(name) == 1 else short if in_folder.count(short) == 1 else f"{name} – {path.parent}"
        for path, name, short in zip(paths, names, in_folder, strict=True)
    ]


def _use_file(use: Callable[[Path], object], path: Path | None) -> None:
    """Call `use` with `path`, unless `path` is None."""
    if path is not None:
        use(path)
