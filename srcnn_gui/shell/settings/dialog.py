"""The Settings dialog, with a form on each of its pages. Changes are applied immediately."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.runtime.translations import _
from srcnn_gui.shell.settings.forms import DevicePage, FoldersPage, GeneralPage, OutputPage, SettingsPage
from srcnn_gui.shell.settings.state import State
from srcnn_gui.ui import icons, theme
from srcnn_gui.ui.confirm import ask_to_confirm
from srcnn_gui.ui.notice import Notice

if TYPE_CHECKING:
    from srcnn_gui.shell.settings.presenter import SettingsPresenter

GENERAL, OUTPUT, DEVICE, FOLDERS = range(4)
_ICONS = ("settings", "save", "device", "folder")


class SettingsDialog(QDialog):
    """Non-modal dialog for the settings. It is the view of `SettingsPresenter`."""

    folder_requested = Signal(str)
    log_requested = Signal()

    def __init__(self, presenter: "SettingsPresenter", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Settings"))
        self.setFixedSize(theme.scaled_px(720), theme.scaled_px(520))
        self.general, self.output, self.device, self.folders = GeneralPage(), OutputPage(), DevicePage(), FoldersPage()
        self.notice = Notice()
        self.notice.dismissed.connect(self.notice.hide)
        self._list, self._stack = QListWidget(), QStackedWidget()
        self.reset = QPushButton(_("Reset All"))
        self.reset.setToolTip(_("Restores all defaults without deleting models or downloads"))
        self._close = QPushButton(_("Close"))
        self._fill()
        self._lay_out()
        for page in (self.general, self.output, self.device, self.folders):
            page.settings_changed.connect(lambda changes: presenter.change_settings(**changes))
            page.change_requested.connect(self.folder_requested)
            page.default_requested.connect(lambda key: presenter.choose_folder(key, None))
        self.device.threads_chosen.connect(presenter.choose_threads)
        self.folders.log_requested.connect(self.log_requested)
        self.reset.clicked.connect(lambda: self._confirm_reset(presenter))
        self._close.clicked.connect(self.accept)
        presenter.attach(self)

    @property
    def page(self) -> int:
        """Index of the page that is visible."""
        return self._list.currentRow()

    def show_page(self, index: int) -> None:
        """Show the page with the index `index`, and select it in the list."""
        self._list.setCurrentRow(index)

    def display(self, state: State) -> None:
        """Update all pages of the dialog to match `state`."""
        for page in (self.general, self.output, self.device, self.folders):
            page.display(state)
        self.reset.setEnabled(state.can_reset)
        self.notice.display(state.notice)
        for row, icon in enumerate(_ICONS):  # the theme may have changed
            self._list.item(row).setIcon(icons.icon(icon))

    def _confirm_reset(self, presenter: "SettingsPresenter") -> None:
        """Ask the user for confirmation, and restore all defaults."""
        question = _("Restore the default settings on all pages of this dialog?")
        if ask_to_confirm(self, _("Reset All"), question, _("Reset All")):
            presenter.reset()

    def _fill(self) -> None:
        """Add the forms to the dialog, and their titles to the list."""
        pages: tuple[tuple[str, SettingsPage], ...] = (
            (_("General"), self.general),
            (_("Output"), self.output),
            (_("Device"), self.device),
            (_("Folders"), self.folders),
        )
        for title, page in pages:
            item = QListWidgetItem(title)
            item.setSizeHint(QSize(0, 36))
            self._list.addItem(item)
            theme.set_role(page, "panel")
            self._stack.addWidget(page)
        self._list.setAccessibleName(_("Settings pages"))
        self._list.setIconSize(QSize(20, 20))
        self._list.setFixedWidth(152)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme.set_role(self._list, "side")
        self._list.currentRowChanged.connect(self._stack.setCurrentIndex)
        self._list.setCurrentRow(0)
        self._list.setFocus()

    def _lay_out(self) -> None:
        """Place the list on the left, the forms on the right and the buttons below them."""
        right = QVBoxLayout()
        right.setSpacing(0)
        above = QVBoxLayout()
        above.setContentsMargins(12, 0, 12, 0)
        above.addWidget(self.notice)
        right.addLayout(above)
        right.addWidget(self._stack, 1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self._list)
        middle.addLayout(right, 1)
        line = QFrame()
        line.setFixedHeight(1)
        theme.set_role(line, "division")
        buttons = QHBoxLayout()
        buttons.setContentsMargins(16, 12, 16, 12)
        buttons.addWidget(self.reset)
        buttons.addStretch()
        buttons.addWidget(self._close)
        self._close.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(middle, 1)
        column.addWidget(line)
        column.addLayout(buttons)
