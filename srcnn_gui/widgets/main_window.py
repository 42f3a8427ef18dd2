"""The frame: menus, rail, the pages, the status bar."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLayout,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.messages import _
from srcnn_gui.widgets import icons, theme
from srcnn_gui.widgets.menus import Menus, PageActions, make_action
from srcnn_gui.widgets.notice import Notice
from srcnn_gui.widgets.rail import Rail
from srcnn_gui.widgets.regions import next_region

COMPACT_BELOW = 1100  # px wide


class Page(QWidget):
    """What the frame needs of a page. `actions` are the page's own in the menus: they work while it is in front."""

    status_changed = Signal(str)  # what it does, for the status bar
    running_changed = Signal(bool)  # whether it is at work
    page_actions: PageActions | None = None

    def set_compact(self, compact: bool) -> None:
        """Take less room in a narrow window."""

    def retint(self) -> None:
        """Take on the theme's colours where the style sheet does not reach."""

    def may_close(self) -> bool:
        """Whether the window may close; a page with work that would be lost asks."""
        return True


class MainWindow(QMainWindow):
    """One window. Its pages are added by whoever makes them; each says what it does in the status bar."""

    theme_chosen = Signal(str)  # "system", "light" or "dark"
    settings_wanted = Signal()
    device_wanted = Signal()
    closing = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("SRCNN Studio")
        self.pages: list[Page] = []
        self.titles: list[str] = []
        self._statuses: list[str] = []
        self.rail = Rail()
        self.rail.chosen.connect(self.show_page)
        self.rail.settings_wanted.connect(self.settings_wanted)
        self._stack = QStackedWidget()
        self.notice = Notice()  # of what is no page's
        self._lay_out()
        self._status, self.values, self._device = QLabel(), QLabel(), QToolButton()
        self._fill_status_bar()
        self.menus = Menus(self)
        self._fill_menus()
        self.retint()
        self.setMinimumSize(960, 600)
        self.resize(1280, 800)

    def add_page(self, page: Page, title: str, icon: str) -> None:
        """A page more on the rail; the first one is in front."""
        number = len(self.pages)
        self.pages.append(page)
        self.titles.append(title)
        self._statuses.append("")
        self._stack.addWidget(page)
        self.rail.add(title, icon)
        page.status_changed.connect(lambda text: self._tell(number, text))
        page.running_changed.connect(lambda running: self.rail.set_running(number, running))
        go = make_action(self, title, f"Ctrl+{number + 1}", lambda: self.show_page(number))
        self.menus.view.insertAction(self._before_pages, go)
        page.set_compact(self.width() < COMPACT_BELOW)
        self.show_page(self._stack.currentIndex())

    def show_page(self, which: "int | Page") -> None:
        """Bring a page to the front; only its actions can be chosen."""
        number = which if isinstance(which, int) else self.pages.index(which)
        self._stack.setCurrentIndex(number)
        self.rail.choose(number)
        self._status.setText(self._statuses[number])
        self.values.setText("")
        for page in self.pages:
            if page.page_actions is not None:
                page.page_actions.setEnabled(page is self.pages[number])

    def show_device(self, title: str) -> None:
        """Say what computes; nothing does until PyTorch is there, some seconds after the window."""
        title = title or _("Loading PyTorch …")
        self._device.setText(title)
        self._device.setAccessibleName(_("Computes: {device}").format(device=title))

    def show_theme(self, name: str) -> None:
        """Mark the theme that was chosen."""
        self._themes[name].setChecked(True)

    def retint(self) -> None:
        """Take on the theme's colours where the style sheet does not reach."""
        for page in self.pages:
            page.retint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window gets narrow parts."""
        compact = self.width() < COMPACT_BELOW
        self.rail.set_compact(compact)
        for page in self.pages:
            page.set_compact(compact)
            for layout in page.findChildren(QLayout):  # of what is hidden too: it would ask for the room it had
                layout.invalidate()
        self._stack.updateGeometry()
        super().resizeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell who must stop work, unless a page has a reason not to close."""
        if not all(page.may_close() for page in self.pages):
            event.ignore()
            return
        self.closing.emit()

    def _tell(self, number: int, text: str) -> None:
        """Keep what a page does, and say it if the page is in front."""
        self._statuses[number] = text
        if number == self._stack.currentIndex():
            self._status.setText(text)

    def _fill_status_bar(self) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.setFixedHeight(26)
        bar.addWidget(self._status)
        theme.set_role(self._device, "status")
        icons.put(self._device, "device", 16, "muted")
        self._device.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._device.setToolTip(_("What computes; click to choose"))
        self._device.clicked.connect(self.device_wanted)
        for widget in (self.values, self._device):
            bar.addPermanentWidget(widget)
        self.show_device("")

    def _lay_out(self) -> None:
        """The rail; beside it the pages, and over them what is no page's."""
        pages = QVBoxLayout()
        pages.setSpacing(0)
        pages.addWidget(self.notice)
        pages.addWidget(self._stack, 1)
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(pages, 1)
        self.setCentralWidget(middle)

    def _fill_menus(self) -> None:
        """What belongs to no page."""
        menus = self.menus
        self._before_quit = menus.file.addSeparator()
        menus.file.addAction(make_action(self, _("&Quit"), "Ctrl+Q", self.close))
        settings = make_action(self, _("&Settings…"), "Ctrl+,", self.settings_wanted)
        settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        self._after_edit = menus.edit.addSeparator()
        menus.edit.addAction(settings)
        self._before_pages = menus.view.addSeparator()
        self._add_themes(menus.view.addMenu(_("&Theme")))
        menus.view.addAction(make_action(self, _("Full &Screen"), "F11", self._toggle_full_screen))
        menus.view.addAction(make_action(self, _("Next Re&gion"), "F6", self._go_to_next_region))

    def add_to_file_menu(self, actions: list[QAction]) -> None:
        """Put actions over the line above Quit."""
        self.menus.file.insertActions(self._before_quit, actions)

    def _add_themes(self, menu: QMenu) -> None:
        group = QActionGroup(self)
        self._themes: dict[str, QAction] = {}
        for name, text in (("system", _("&System")), ("light", _("&Light")), ("dark", _("&Dark"))):
            action = make_action(
                self, text, (), lambda _checked, name=name: self.theme_chosen.emit(name), checkable=True
            )
            group.addAction(action)
            menu.addAction(action)
            self._themes[name] = action

    def _toggle_full_screen(self) -> None:
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    def _go_to_next_region(self) -> None:
        if (part := next_region(self.centralWidget())) is not None:
            part.setFocus(Qt.FocusReason.TabFocusReason)
