"""The main window with its menus, navigation rail, pages and status bar."""

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLayout,
    QMenu,
    QMenuBar,
    QPushButton,
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
from srcnn_gui.ui.page import Page, PageHost
from srcnn_gui.ui.screen_size import available_size

COMPACT_BELOW = 1100  # px, window width below which the narrow layout is used
_MAX_HEIGHT = 16_777_215  # px, Qt's default maximum height of a widget
_FRAME_SIZE = QSize(4, 40)  # px, borders and title bar, which must also fit on the screen


class MainWindow(PageHost):
    """The main window, which shows one page at a time."""

    theme_chosen = Signal(str)  # "system", "light" or "dark"
    language_chosen = Signal(str)  # "system" or the name of a language
    settings_requested = Signal()
    device_requested = Signal()
    closing = Signal()
    became_active = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("SRCNN Studio")
        self.build_ui()
        free = available_size(self) - _FRAME_SIZE
        self.setMinimumSize(QSize(960, 600).boundedTo(free))
        self.resize(QSize(1280, 800).boundedTo(free))

    def build_ui(self) -> None:
        """Create the menus and all widgets except the pages, at startup and after a language change.

        Previous widgets are deleted later, by the event loop.
        """
        self.pages: list[Page] = []
        self.titles: list[str] = []
        self._statuses: list[str] = []
        self._contents: list[str] = []  # title of each page's content, for the window title
        self.rail = Rail()
        self.rail.chosen.connect(self.show_page)
        self.rail.settings_requested.connect(self.settings_requested)
        self._stack = QStackedWidget()
        self.notice = Notice()  # shows messages that do not belong to a page
        self.setMenuBar(QMenuBar())
        self.setStatusBar(QStatusBar())
        self._lay_out()
        self._status, self.pixel_values, self._device = QLabel(), QLabel(), QToolButton()
        self._fill_status_bar()
        self.menus = Menus(self)
        self._fill_menus()
        self.apply_theme()

    def add_page(self, page: Page, title: str, icon: str) -> None:
        """Add a page to the window, with a button in the navigation rail and an item in the View menu."""
        number = len(self.pages)
        self.pages.append(page)
        self.titles.append(title)
        self._statuses.append("")
        self._contents.append("")
        self._stack.addWidget(page)
        self.rail.add(title, icon)
        page.title_changed.connect(lambda text: self._set_content(number, text))
        page.status_changed.connect(lambda text: self._set_status(number, text))
        page.running_changed.connect(lambda running: self.rail.set_running(number, running))
        go = make_action(self.menuBar(), title, f"Ctrl+{number + 1}", lambda: self.show_page(number))
        self.menus.view.insertAction(self._before_pages, go)
        compact = self.width() < theme.scaled_px(COMPACT_BELOW)
        self.rail.set_compact(compact)
        page.set_compact(compact)
        self.show_page(self._stack.currentIndex())

    @property
    def current_page(self) -> int:
        """Index of the page that is visible."""
        return self._stack.currentIndex()

    def show_page(self, page: "int | Page") -> None:
        """Show a page, given as a widget or by its index, and enable only the menu actions of this page."""
        number = page if isinstance(page, int) else self.pages.index(page)
        self._stack.setCurrentIndex(number)
        self.rail.check_button(number)
        self._status.setText(self._statuses[number])
        self._update_title()
        self.pixel_values.setText("")
        for other in self.pages:
            other.set_current_page(other is self.pages[number])
        self._update_parts()

    def focusNextPrevChild(self, onwards: bool) -> bool:
        """Update the tab order for the visible widgets, and move the focus to the next or previous one."""
        focus.set_tab_order(self._regions())
        return super().focusNextPrevChild(onwards)

    def _regions(self) -> tuple[QWidget, ...]:
        page = self.pages[self.current_page].regions if self.pages else ()
        return (self.rail, self.notice, *page, self.statusBar())

    def show_device(self, title: str) -> None:
        """Show the device in the status bar, or that PyTorch is being loaded if `title` is ""."""
        title = title or _("Loading PyTorch…")
        self._device.setText(title)
        self._device.setAccessibleName(_("Device: {device}").format(device=title))

    def check_menu_items(self, theme_name: str, language_name: str) -> None:
        """Check the menu items of the current theme and language. For an unknown name, check "System"."""
        for actions, name in ((self._themes, theme_name), (self._languages, language_name)):
            actions.get(name, actions["system"]).setChecked(True)

    def apply_theme(self) -> None:
        """Apply the colors of the theme that the style sheet does not set."""
        for page in self.pages:
            page.apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Switch the rail and all pages to the compact or normal layout, depending on the width."""
        compact = self.width() < theme.scaled_px(COMPACT_BELOW)
        self.rail.set_compact(compact)
        for page in self.pages:
            page.set_compact(compact)
            for layout in page.findChildren(QLayout):  # hidden layouts would keep their old minimum size
                layout.invalidate()
        self._stack.updateGeometry()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Emit `became_active` when the user returns to the window."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self.became_active.emit()
        elif event.type() is QEvent.Type.WindowStateChange:
            self._update_parts()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Activate the focused button with Enter, and leave full-screen mode with Escape."""
        button = self.focusWidget()
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and isinstance(button, QPushButton | QToolButton):
            _activate(button)
        elif event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self._toggle_full_screen()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Emit `closing`, unless a job is running and the user decides to keep the window open."""
        if not all(page.can_close() for page in self.pages):
            event.ignore()
            return
        self.closing.emit()

    def _set_status(self, number: int, text: str) -> None:
        """Store the status text of a page, and show it if the page is visible."""
        self._statuses[number] = text
        if number == self._stack.currentIndex():
            self._status.setText(text)

    def _set_content(self, number: int, text: str) -> None:
        """Store the title of a page's content, which the window title shows while the page is visible."""
        self._contents[number] = text
        self._update_title()
        self._update_parts()

    def _update_title(self) -> None:
        content = self._contents[self.current_page]
        self.setWindowTitle(f"{content} – SRCNN Studio" if content else "SRCNN Studio")

    def _fill_status_bar(self) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.setFixedHeight(theme.scaled_px(26))
        bar.addWidget(self._status)
        theme.set_role(self._device, "status")
        icons.set_icon(self._device, "device", 16, "muted")
        self._device.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._device.setToolTip(_("Opens the device settings"))
        self._device.clicked.connect(self.device_requested)
        for widget in (self.pixel_values, self._device):
            bar.addPermanentWidget(widget)
        self.show_device("")

    def _lay_out(self) -> None:
        """Place the rail on the left, and the notice above the pages."""
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
        """Fill the menus with the actions of the window. The pages add their own actions."""
        menus = self.menus
        self._before_quit = menus.file.addSeparator()
        owner = self.menuBar()  # actions are deleted with the menu bar
        menus.file.addAction(make_action(owner, _("&Quit"), "Ctrl+Q", self.close))
        settings = make_action(owner, _("&Settings…"), "Ctrl+,", self.settings_requested)
        settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        self._before_settings = menus.edit.addSeparator()
        menus.edit.addAction(settings)
        self._before_pages = menus.view.addSeparator()
        themes = (("system", _("&System")), ("light", _("&Light")), ("dark", _("&Dark")))
        self._themes = _add_choice(menus.view.addMenu(_("&Theme")), themes, self.theme_chosen)
        names = [("system", _("&System")), *language.language_titles()]
        self._languages = _add_choice(menus.view.addMenu(_("Lan&guage")), names, self.language_chosen)
        menus.view.addAction(make_action(owner, _("Full &Screen"), "F11", self._toggle_full_screen))
        menus.view.addAction(make_action(owner, _("Go to Ne&xt Area"), "F6", self._go_to_next_region))

    def add_to_file_menu(self, actions: list[QAction]) -> None:
        """Insert actions into the File menu, above Quit and its separator."""
        self.menus.file.insertActions(self._before_quit, actions)

    def add_to_edit_menu(self, actions: list[QAction]) -> None:
        """Insert actions into the Edit menu, above Settings and its separator."""
        self.menus.edit.insertActions(self._before_settings, actions)

    def _toggle_full_screen(self) -> None:
        """Enter or leave full-screen mode. A maximized window is maximized again afterwards."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _update_parts(self) -> None:
        """In full-screen mode, hide everything but the image, if the page shows one."""
        front = self.pages[self.current_page] if self.pages else None
        only_image = front is not None and self.isFullScreen() and front.can_show_only_image
        # A hidden menu bar would disable the shortcuts of its actions.
        self.menuBar().setMaximumHeight(0 if only_image else _MAX_HEIGHT)
        self.rail.setVisible(not only_image)
        self.statusBar().setVisible(not only_image)
        for page in self.pages:
            page.show_only_image(only_image and page is front)

    def _go_to_next_region(self) -> None:
        focus.focus_next_region(self._regions())


def _activate(button: QPushButton | QToolButton) -> None:
    """Click a button, or open its menu if it is a menu button."""
    if isinstance(button, QToolButton) and button.popupMode() == QToolButton.ToolButtonPopupMode.InstantPopup:
        button.showMenu()
    else:
        button.click()


def _add_choice(menu: QMenu, choices: Iterable[tuple[str, str]], chosen: SignalInstance) -> dict[str, QAction]:
    """Add mutually exclusive actions to a menu, and return them by name.

    Parameters
    ----------
    menu : menu to which the actions are added
    choices : (name, title) pairs
    chosen : signal that is emitted with the name of the action that the user selects
    """
    group = QActionGroup(menu)
    actions = {}
    for name, text in choices:
        action = make_action(group, text, (), lambda _checked, name=name: chosen.emit(name), checkable=True)
        menu.addAction(action)
        actions[name] = action
    return actions
