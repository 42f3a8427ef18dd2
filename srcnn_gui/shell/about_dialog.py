"""The About dialog, which shows the version, the paper and the libraries."""

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from srcnn_gui.runtime.translations import _
from srcnn_gui.shell import about
from srcnn_gui.ui import controls, icons, theme
from srcnn_gui.ui.screen_size import available_size

_ICON = 72  # px


class AboutDialog(QDialog):
    """Dialog with the version of the program, the citation of the paper and a list of libraries."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("About SRCNN Studio"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedSize(560, min(620, available_size(self).height() - 48))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(16)
        column.addLayout(self._make_header())
        column.addWidget(self._make_paper_card())
        column.addWidget(controls.label("section", _("Libraries")))
        column.addWidget(self._make_library_list(), 1)
        column.addLayout(self._make_buttons())

    def _make_header(self) -> QHBoxLayout:
        """Create the header with the icon, name, version and description of the program."""
        logo = QLabel()
        logo.setPixmap(icons.pixmap("app", "", _ICON, self.devicePixelRatioF()))
        text_column = QVBoxLayout()
        text_column.setSpacing(4)
        text_column.addWidget(controls.label("title", "SRCNN Studio"))
        text_column.addWidget(controls.label("caption", about.format_version()))
        text = _("Upscale images, compare the results with bicubic pixel by pixel, and train your own models.")
        text_column.addWidget(controls.label("body", text, wrap=True))
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(logo, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(text_column, 1)
        return row

    def _make_paper_card(self) -> QFrame:
        """Create the card with the citation of the paper and a link to it."""
        card = QFrame()
        theme.set_role(card, "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(4)
        column.addWidget(controls.label("section", _("Paper")))
        column.addWidget(controls.label("body", about.CITATION, wrap=True))
        self.paper = controls.link_button("arXiv:1501.00092")
        self.paper.setToolTip(about.PAPER_URL)
        self.paper.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(about.PAPER_URL)))
        column.addWidget(self.paper, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def _make_library_list(self) -> QWidget:
        """Create the list of libraries with their versions and licenses."""
        inside = QWidget()
        theme.set_role(inside, "panel")
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 16, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        for row, library in enumerate(about.list_libraries()):
            parts = (("body", library.title), ("muted", library.version), ("muted", library.license))
            for place, (role, text) in enumerate(parts):
                grid.addWidget(controls.label(role, text), row, place)
        area = controls.scroll_area(inside)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # for scrolling with the keyboard
        area.setAccessibleName(_("Libraries"))
        return area

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        text = _("MIT license. The built-in models were trained with this program.")
        row.addWidget(controls.label("caption", text, wrap=True), 1)
        close = QPushButton(_("Close"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row.addWidget(close)
        return row
