"""About the program: what it is, the paper it stands on, and whose work is in it."""

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from srcnn_gui.runtime.translations import _
from srcnn_gui.shell import about
from srcnn_gui.ui import controls, icons, theme
from srcnn_gui.ui.screen_size import room_for

_ICON = 72  # px


class AboutDialog(QDialog):
    """One look: the icon and the name, the paper in a card, the libraries in a list that scrolls."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("About SRCNN Studio"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedSize(560, min(620, room_for(self).height() - 48))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(16)
        column.addLayout(self._head())
        column.addWidget(self._paper())
        column.addWidget(controls.label("section", _("Made with")))
        column.addWidget(self._libraries(), 1)
        column.addLayout(self._buttons())

    def _head(self) -> QHBoxLayout:
        """Icon, name, version, a sentence."""
        mark = QLabel()
        mark.setPixmap(icons.pixmap("app", "", _ICON, self.devicePixelRatioF()))
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(controls.label("title", "SRCNN Studio"))
        words.addWidget(controls.label("caption", about.version()))
        told = _("Enlarges pictures with SRCNN, and lets you see, measure and reproduce what the network does.")
        words.addWidget(controls.label("body", told, wrap=True))
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        return row

    def _paper(self) -> QFrame:
        """The paper, with a link."""
        card = QFrame()
        theme.set_role(card, "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(4)
        column.addWidget(controls.label("section", _("The paper")))
        column.addWidget(controls.label("body", about.CITATION, wrap=True))
        self.paper = controls.link("arXiv:1501.00092")
        self.paper.setToolTip(about.PAPER)
        self.paper.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(about.PAPER)))
        column.addWidget(self.paper, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def _libraries(self) -> QWidget:
        """Names, versions, licences."""
        inside = QWidget()
        theme.set_role(inside, "panel")
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 16, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        for row, library in enumerate(about.libraries()):
            parts = (("body", library.title), ("muted", library.version), ("muted", library.license))
            for place, (role, text) in enumerate(parts):
                grid.addWidget(controls.label(role, text), row, place)
        area = controls.scrolling(inside)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # to be scrolled by key
        area.setAccessibleName(_("Made with"))
        return area

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        told = _("MIT licence. The weights that come with it were trained by the program itself.")
        row.addWidget(controls.label("caption", told, wrap=True), 1)
        close = QPushButton(_("Close"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row.addWidget(close)
        return row
