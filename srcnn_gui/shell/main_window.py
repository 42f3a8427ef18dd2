"""The frame: menus, rail, the pages, the status bar."""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLayout,
    QMenu,
    QMenuBar,
    QStackedWidget,
    QStatusBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from srcnn_gui.runtime import language
from srcnn_gui.runtime.translations import _
from srcnn_gui.shell.rail import Rail
from srcnn_gui.ui import focus, icons, theme
from srcnn_gui.ui.menus import Menus, make_action
from srcnn_gui.ui.notice import Notice
from srcnn_gui.ui.page import Frame, Page
from srcnn_gui.ui.screen_size import room_for

COMPACT_BELOW = 1100  # px wide
_TITLE_PX = 40  # of the frame that the desktop puts round a window, which must fit onto the screen too


class MainWindow(Frame):
    """One window. Its pages are added by whoever makes them; each says what it does in the status bar."""

    theme_chosen = Signal(str)  # "system", "light" or "dark"
    language_chosen = Signal(str)  # "system", or a language
    settings_wanted = Signal()
    device_wanted = Signal()
    closing = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("SRCNN Studio")
        self.furnish()
        self.setMinimumSize(960, 600)
        free = room_for(self)
        self.resize(QSize(1280, 800).boundedTo(free - QSize(0, _TITLE_PX)))

    def furnish(self) -> None:
        """Make the frame's parts, without a page; those there were go when the events at hand are done."""
        self.pages: list[Page] = []
        self.titles: list[str] = []
        self._statuses: list[str] = []
        self.rail = Rail()
        self.rail.chosen.connect(self.show_page)
        self.rail.settings_wanted.connect(self.settings_wanted)
        self._stack = QStackedWidget()
        self.notice = Notice()  # of what is no page's
        self.setMenuBar(QMenuBar())
        self.setStatusBar(QStatusBar())
        self._lay_out()
        self._status, self.values, self._device = QLabel(), QLabel(), QToolButton()
        self._fill_status_bar()
        self.menus = Menus(self)
        self._fill_menus()
        self.retint()

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
        go = make_action(self.menuBar(), title, f"Ctrl+{number + 1}", lambda: self.show_page(number))
        self.menus.view.insertAction(self._before_pages, go)
        compact = self.width() < theme.grown(COMPACT_BELOW)
        self.rail.set_compact(compact)
        page.set_compact(compact)
        self.show_page(self._stack.currentIndex())

    @property
    def page_in_front(self) -> int:
        """The number of the page that is shown."""
        return self._stack.currentIndex()

    def show_page(self, which: "int | Page") -> None:
        """Bring a page to the front; only its actions can be chosen."""
        number = which if isinstance(which, int) else self.pages.index(which)
        self._stack.setCurrentIndex(number)
        self.rail.choose(number)
        self._status.setText(self._statuses[number])
        self.values.setText("")
        for page in self.pages:
            page.set_in_front(page is self.pages[number])

    def focusNextPrevChild(self, onwards: bool) -> bool:
        """Tab goes through the regions in order; asked for only now, since parts come and go."""
        focus.put_in_order(self._regions())
        return super().focusNextPrevChild(onwards)

    def _regions(self) -> tuple[QWidget, ...]:
        page = self.pages[self.page_in_front].regions if self.pages else ()
        return (self.rail, self.notice, *page, self.statusBar())

    def show_device(self, title: str) -> None:
        """Say what computes; nothing does until PyTorch is there, some seconds after the window."""
        title = title or _("Loading PyTorch …")
        self._device.setText(title)
        self._device.setAccessibleName(_("Computes: {device}").format(device=title))

    def show_choices(self, theme_name: str, language_name: str) -> None:
        """Mark the theme and the language that were chosen; one that is not there any more is the system's."""
        for actions, name in ((self._themes, theme_name), (self._languages, language_name)):
            actions.get(name, actions["system"]).setChecked(True)

    def retint(self) -> None:
        """Take on the theme's colours where the style sheet does not reach."""
        for page in self.pages:
            page.retint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window gets narrow parts."""
        compact = self.width() < theme.grown(COMPACT_BELOW)
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
        bar.setFixedHeight(theme.grown(26))
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
        owner = self.menuBar()  # goes with it
        menus.file.addAction(make_action(owner, _("&Quit"), "Ctrl+Q", self.close))
        settings = make_action(owner, _("&Settings…"), "Ctrl+,", self.settings_wanted)
        settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        menus.edit.addSeparator()
        menus.edit.addAction(settings)
        self._before_pages = menus.view.addSeparator()
        themes = (("system", _("&System")), ("light", _("&Light")), ("dark", _("&Dark")))
        self._themes = _add_choice(menus.view.addMenu(_("&Theme")), themes, self.theme_chosen)
        names = [("system", _("&System")), *language.titles()]
        self._languages = _add_choice(menus.view.addMenu(_("Lan&guage")), names, self.language_chosen)
        menus.view.addAction(make_action(owner, _("Full &Screen"), "F11", self._toggle_full_screen))
        menus.view.addAction(make_action(owner, _("Ne&xt Region"), "F6", self._go_to_next_region))

    def add_to_file_menu(self, actions: list[QAction]) -> None:
        """Put actions over the line above Quit."""
        self.menus.file.insertActions(self._before_quit, actions)

    def _toggle_full_screen(self) -> None:
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    def _go_to_next_region(self) -> None:
        focus.next_region(self._regions())


def _add_choice(menu: QMenu, choices: Iterable[tuple[str, str]], chosen: SignalInstance) -> dict[str, QAction]:
    """One of some names can be chosen in a menu; the signal tells which."""
    group = QActionGroup(menu)
    actions = {}
    for name, text in choices:
        action = make_action(group, text, (), lambda _checked, name=name: chosen.emit(name), checkable=True)
        menu.addAction(action)
        actions[name] = action
    return actions
