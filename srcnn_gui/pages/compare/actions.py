"""The Compare page's actions in the menus, its file dialogs and its clipboard."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMenu

from srcnn_gui.canvas.view_layout import VIEWS, content_title
from srcnn_gui.choices import file_filters
from srcnn_gui.choices.model_dialog import ask_for_model
from srcnn_gui.choices.options import SCALES
from srcnn_gui.choices.size_dialog import SizeDialog
from srcnn_gui.pages.compare.presenter import Presenter
from srcnn_gui.pages.compare.save_dialog import SaveDialog
from srcnn_gui.pages.compare.saving import Finished
from srcnn_gui.pages.compare.state import State
from srcnn_gui.pages.compare.view import CompareTab
from srcnn_gui.runtime.translations import _
from srcnn_gui.ui import qimages
from srcnn_gui.ui.menus import PageActions, set_text
from srcnn_gui.ui.page import Frame

MOST_RECENT = 10  # files


class CompareActions(QObject):
    """Joins the page to the window's menus: whatever the page can do can be done by key."""

    folder_used = Signal(str)
    recent_changed = Signal(list)

    def __init__(
        self,
        window: Frame,
        page: CompareTab,
        presenter: Presenter,
        folder: str = "",
        recent: list[str] | None = None,
    ) -> None:
        super().__init__(page)
        self._window, self._page, self._presenter, self._folder = window, page, presenter, folder
        self._recent = list(recent or [])
        self.usual: dict[str, Any] = {}  # how results are written unless told otherwise, as SaveOptions call it
        self._actions = PageActions(page)
        self._fill_file()
        self._fill_edit()
        self._fill_view()
        self._fill_picture()
        for wanted, do in (
            (page.open_wanted, self.ask_for_pictures),
            (page.folder_wanted, self.ask_for_folder),
            (page.paste_wanted, self.paste),
            (page.truth_file_wanted, self.ask_for_truth),
            (page.size_wanted, self.ask_for_size),
            (page.import_wanted, self.ask_for_model),
            (page.save_wanted, self.ask_where_to_save),
            (page.export_wanted, self.ask_where_to_export),
            (page.copy_wanted, self.copy_scores),
            (page.rendered, self.display),
            (page.canvas.hovered, self._show_values),
            (page.canvas.selecting_changed, self._select.setChecked),
        ):
            wanted.connect(do)
        self.display(presenter.state)

    def display(self, state: State) -> None:
        """Show what of the state belongs to the frame."""
        self._window.show_device(state.running_on)
        self._window.setWindowTitle(f"{state.name} – SRCNN Studio" if state.name else "SRCNN Studio")
        for action in (self._save, self._save_as, self._export, self._copy_result):
            action.setEnabled(state.can_save)
        self._name_what_is_saved(state)
        self._stop.setEnabled(state.working)
        self._copy.setEnabled(not state.readout.whole.stale)
        self._select.setEnabled(bool(state.name))
        for scale, action in self._scales.items():
            action.setEnabled(scale in state.scales)
            action.setChecked(scale == state.scale and state.target is None)
        self._truths["none"].setChecked(state.truth == "none")
        self._truths["reduced"].setChecked(state.truth == "reduced")
        self._truths["file"].setChecked(state.truth == "file")
        for action in (self._truths["reduced"], self._truths["file"]):
            action.setEnabled(bool(state.name))
        self._ensemble.setChecked(state.ensemble)
        self._note_recent(state)

    def _name_what_is_saved(self, state: State) -> None:
        """Call a simulation by its name wherever it leaves the page."""
        simulated = state.simulated
        set_text(self._save, _("&Save Simulation…") if simulated else _("&Save Result…"))
        set_text(self._save_as, _("Save Simulation &With Options…") if simulated else _("Save &With Options…"))
        set_text(self._copy_result, _("&Copy Simulation") if simulated else _("&Copy Result"))

    # -- files -----------------------------------------------------------------------------------------------------

    def ask_for_pictures(self) -> None:
        """Let a person choose files, and open them."""
        names, _kind = QFileDialog.getOpenFileNames(
            self._window, _("Open pictures"), self._folder, file_filters.to_open()
        )
        if names:
            self._use_folder(names[0])
            self._presenter.pictures.open(*map(Path, names))

    def ask_for_folder(self) -> None:
        """Let a person choose a folder, and open the pictures in it."""
        name = QFileDialog.getExistingDirectory(self._window, _("Open the pictures of a folder"), self._folder)
        if name:
            self._use_folder(str(Path(name) / "inside"))
            self._presenter.pictures.open(Path(name))

    def ask_for_truth(self) -> None:
        """Let a person choose the original that the picture is measured against."""
        self._page.inspector.display(self._presenter.state)  # the controls show what is, not what was asked for
        self.display(self._presenter.state)
        name, _kind = QFileDialog.getOpenFileName(
            self._window, _("Open the ground truth"), self._folder, file_filters.to_open()
        )
        if name:
            self._use_folder(name)
            self._presenter.pictures.use_truth(Path(name))

    def ask_for_size(self) -> None:
        """Let a person give a factor, a width or a height."""
        dialog = SizeDialog((now := self._presenter.state).target, self._window, in_px=now.truth != "reduced")
        if dialog.exec():
            self._presenter.choose_size(**dialog.size_chosen)
        self._page.inspector.display(self._presenter.state)

    def ask_for_model(self) -> None:
        """Let a person choose a model file; ask for its scale where it does not say that itself."""
        if asked := ask_for_model(self._window, self._folder, self._presenter.state.scale):
            self._use_folder(str(asked[0]))
            self._presenter.import_model(*asked)

    def ask_where_to_save(self) -> None:
        """Let a person choose a name, and write the result there."""
        finished = self._presenter.saving.finished()
        if self._presenter.state.can_save and finished:
            options = self.usual | {"format": None}  # the name that is chosen decides
            self._ask_where(finished, self.usual.get("format"), file_filters.to_save(one_by_one=True), options)

    def ask_how_to_save(self) -> None:
        """Let a person choose format, quality, bits and metadata, then a name."""
        finished = self._presenter.saving.finished()
        if self._presenter.state.can_save and finished:
            dialog = SaveDialog(self._window, self.usual)
            if finished.simulated:
                dialog.setWindowTitle(_("Save Simulation With Options"))
            if dialog.exec():
                kinds = file_filters.to_save(one_by_one=False)
                self._ask_where(finished, dialog.options["format"], kinds, dialog.options)

    def ask_where_to_export(self) -> None:
        """Let a person choose a name, and write the comparison there."""
        finished = self._presenter.saving.finished()
        if self._presenter.state.can_save and finished:
            title = _("Export Simulated Comparison") if finished.simulated else _("Export the comparison")
            suggested = f"{Path(finished.suggested_name).stem}_compared.png"
            kinds = f"{_('Side by side')} (*.png *.jpg *.tif);;{_('In turn, animated')} (*.webp *.gif *.apng)"
            self._ask_for_name(title, suggested, kinds, partial(self._presenter.saving.export, finished=finished))

    def _ask_where(self, finished: Finished, ending: str | None, kinds: str, options: dict[str, Any]) -> None:
        """Let a person choose a name for what is finished, and write it there; `ending` is that of a chosen format."""
        title = _("Save Simulation") if finished.simulated else _("Save the result")
        suggested = Path(finished.suggested_name)
        name = f"{suggested.stem}.{ending}" if ending else suggested.name
        self._ask_for_name(title, name, kinds, partial(self._presenter.saving.save, finished=finished, **options))

    def _ask_for_name(self, title: str, suggested: str, kinds: str, save: Callable[[Path], None]) -> None:
        start = str((self._presenter.saving.folder() or Path(self._folder)) / suggested)
        name, _kind = QFileDialog.getSaveFileName(self._window, title, start, kinds)
        if name:
            path = Path(name)
            self._use_folder(name)
            whole = path if path.suffix else path.with_suffix(Path(suggested).suffix)
            if (agreed := file_filters.agreed(self._window, path, whole)) is not None:
                save(agreed)

    def _use_folder(self, name: str) -> None:
        self._folder = str(Path(name).parent)
        self.folder_used.emit(self._folder)

    def _note_recent(self, state: State) -> None:
        """Remember a file that was opened, newest first."""
        source = self._presenter.pictures.path_of(state.current)
        if source is not None and str(source) not in self._recent[:1]:
            self._recent = [str(source), *(name for name in self._recent if name != str(source))][:MOST_RECENT]
            self.recent_changed.emit(self._recent)

    def _fill_recent(self) -> None:
        """The files opened last that are still there."""
        self._recent_menu.clear()
        there = [Path(name) for name in self._recent if Path(name).is_file()]
        for path in there:
            text = path.name.replace("&", "&&")
            self._recent_menu.addAction(text, lambda path=path: self._presenter.pictures.open(path)).setToolTip(
                str(path)
            )
        if not there:
            self._recent_menu.addAction(_("None yet")).setEnabled(False)

    # -- the clipboard ---------------------------------------------------------------------------------------------

    def paste(self) -> None:
        """Open what is on the clipboard: files, or a picture."""
        data: QMimeData = QGuiApplication.clipboard().mimeData()
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        image = QGuiApplication.clipboard().image() if data.hasImage() else QImage()
        if files:
            self._presenter.pictures.open(*files)
        elif not image.isNull():
            self._presenter.pictures.paste(qimages.from_qimage(image), qimages.alpha_of(image))
        else:
            self._presenter.refuse(_("There is no picture on the clipboard."))

    def copy_result(self) -> None:
        """Put the enlarged picture on the clipboard."""
        finished = self._presenter.saving.finished()
        if finished is not None:
            picture = finished.picture
            QGuiApplication.clipboard().setImage(qimages.of_picture(picture.pixels, picture.alpha, picture.icc))
            self._page.status_changed.emit(_("Simulation copied") if finished.simulated else _("Result copied"))

    def copy_scores(self) -> None:
        """Put the scores on the clipboard as text."""
        if text := self._presenter.saving.scores_text():
            QGuiApplication.clipboard().setText(text)
            self._page.status_changed.emit(_("Scores copied"))

    # -- menus -----------------------------------------------------------------------------------------------------

    def _show_values(self, x: int, y: int) -> None:
        """The pixel under the pointer, in both panes."""
        if x < 0:
            self._window.values.setText("")
            return
        values = self._page.canvas.values(x, y)
        parts = [f"{content_title(name)} {' '.join(map(str, levels))}" for name, levels in values.items()]
        self._window.values.setText("    ".join([f"x {x}  y {y}", *parts]))

    def _fill_file(self) -> None:
        menu, add = self._window.menus.file, self._actions.add
        opening = [
            add(menu, _("&Open…"), "Ctrl+O", self.ask_for_pictures),
            add(menu, _("Open &Folder…"), "Ctrl+Shift+O", self.ask_for_folder),
        ]
        self._recent_menu = QMenu(_("Open &Recent"), menu)
        self._recent_menu.setToolTipsVisible(True)
        self._recent_menu.aboutToShow.connect(self._fill_recent)
        self._save = add(menu, _("&Save Result…"), ["Ctrl+S", "Ctrl+Return"], self.ask_where_to_save)
        self._save_as = add(menu, _("Save &With Options…"), "Ctrl+Alt+S", self.ask_how_to_save)
        self._export = add(menu, _("&Export Comparison…"), "Ctrl+Shift+S", self.ask_where_to_export)
        close = add(menu, _("&Close Picture"), "Ctrl+W", self._presenter.pictures.close)
        self._window.add_to_file_menu(
            [*opening, self._recent_menu.menuAction(), close, self._save, self._save_as, self._export]
        )

    def _fill_edit(self) -> None:
        menu, add, canvas = self._window.menus.edit, self._actions.add, self._page.canvas
        add(menu, _("&Paste"), "Ctrl+V", self.paste)
        self._copy_result = add(menu, _("&Copy Result"), "Ctrl+C", self.copy_result)
        self._copy = add(menu, _("C&opy Scores"), "Ctrl+Shift+C", self.copy_scores)
        menu.addSeparator()
        self._select = add(menu, _("Select a &Region"), "R", canvas.set_selecting, checkable=True)
        add(menu, _("&Whole View Again"), "Esc", lambda: canvas.select(None))

    def _fill_view(self) -> None:
        page, menu = self._page, self._window.menus.view
        first = menu.actions()[0]
        bar = page.views_bar
        shown = [*(bar.views[view] for view in VIEWS), bar.swap, bar.next_left, bar.next_right, None]
        parts = [
            self._actions.add(menu, _("&Inspector"), "I", lambda: page.toggle(inspector=True), checkable=True),
            self._actions.add(menu, _("Fi&lmstrip"), "T", lambda: page.toggle(strip=True), checkable=True),
        ]

        def check_parts() -> None:
            for part, on in zip(parts, (page.show_inspector, page.show_strip), strict=True):
                part.setChecked(on)

        menu.aboutToShow.connect(check_parts)
        for action in [*shown, *page.zoom_bar.view_actions, None, *parts, None]:
            if action is None:
                menu.insertSeparator(first)
            else:
                self._actions.addAction(action)
                menu.insertAction(first, action)

    def _fill_picture(self) -> None:
        menu, add, presenter = self._window.menus.picture, self._actions.add, self._presenter
        add(menu, _("&Next Picture"), "PgDown", lambda: presenter.pictures.step(1))
        add(menu, _("&Previous Picture"), "PgUp", lambda: presenter.pictures.step(-1))
        truth = menu.addMenu(_("&Ground Truth"))
        self._truths: dict[str, QAction] = {
            "none": add(truth, _("&None"), "Ctrl+Alt+T", lambda: presenter.choose_truth("none"), checkable=True),
            "reduced": add(
                truth,
                _("This &Image (Simulate)"),
                "Ctrl+Shift+T",
                lambda: presenter.choose_truth("reduced"),
                checkable=True,
            ),
            "file": add(truth, _("A &File…"), "Ctrl+T", self.ask_for_truth, checkable=True),
        }
        scales = menu.addMenu(_("&Scale"))
        self._scales: dict[int, QAction] = {}
        for scale in SCALES:
            chosen = lambda _checked, scale=scale: presenter.choose_scale(scale)  # noqa: E731
            self._scales[scale] = add(scales, f"×{scale}", f"Alt+{scale}", chosen, checkable=True)
        add(scales, _("&Other…"), "Alt+5", self.ask_for_size)
        self._ensemble = add(menu, _("&Average 8 Orientations"), "Ctrl+8", presenter.choose_ensemble, checkable=True)
        add(menu, _("&Import Model…"), "Ctrl+I", self.ask_for_model)
        menu.addSeparator()
        self._stop = add(menu, _("S&top"), "Ctrl+.", presenter.cancel)
