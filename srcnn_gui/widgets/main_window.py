"""The frame: menus, rail, the pages, the status bar."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QMainWindow, QMenu, QMessageBox, QStackedWidget, QWidget

from srcnn_gui.messages import _
from srcnn_gui.widgets import icons, theme
from srcnn_gui.widgets.menus import Menus, PageActions, make_action
from srcnn_gui.widgets.rail import Rail

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
    closing = Signal()

    def __init__(self, theme_name: str = "system") -> None:
        super().__init__()
        self._theme_name = theme_name
        self.setWindowTitle("SRCNN Studio")
        self.pages: list[Page] = []
        self._statuses: list[str] = []
        self.rail = Rail()
        self.rail.chosen.connect(self.show_page)
        self._stack = QStackedWidget()
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self._stack, 1)
        self.setCentralWidget(middle)
        self._status, self.values, self._chip, self._device = QLabel(), QLabel(), QLabel(), QLabel()
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
        self._device.setText(title or _("Loading PyTorch …"))

    def retint(self) -> None:
        """Take on the theme's colours where the style sheet does not reach."""
        for page in self.pages:
            page.retint()
        self._chip.setPixmap(icons.pixmap("device", theme.current().muted, 16, self.devicePixelRatioF()))

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
        for widget in (self.values, self._chip, self._device):
            bar.addPermanentWidget(widget)
        self.show_device("")

    def _fill_menus(self) -> None:
        """What belongs to no page."""
        menus = self.menus
        self._before_quit = menus.file.addSeparator()
        menus.file.addAction(make_action(self, _("&Quit"), "Ctrl+Q", self.close))
        self._before_pages = menus.view.addSeparator()
        self._add_themes(menus.view.addMenu(_("&Theme")))
        menus.view.addAction(make_action(self, _("Full &Screen"), "F11", self._toggle_full_screen))
        menus.help.addAction(make_action(self, _("&About SRCNN Studio"), (), self._about))

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
            action.setChecked(name == self._theme_name)
            group.addAction(action)
            menu.addAction(action)
            self._themes[name] = action

    def _toggle_full_screen(self) -> None:
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    def _about(self) -> None:
        words = _(
            "Enlarges pictures with SRCNN and lets you see, measure and reproduce what it does.\n\n"
            "Dong, Loy, He, Tang: Image Super-Resolution Using Deep Convolutional Networks, arXiv:1501.00092."
        )
        QMessageBox.about(self, _("About SRCNN Studio"), words)
