"""Layout of the two panes: the view, and the content of each pane."""

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from srcnn_gui.runtime.translations import _

View = Literal["side", "split", "flip", "difference"]
Content = Literal["bicubic", "srcnn", "ground_truth", "original"]

VIEWS: tuple[View, ...] = get_args(View)
CONTENTS: tuple[Content, ...] = get_args(Content)


@dataclass(frozen=True)
class ViewLayout:
    """A view of two contents. `contents` are the available ones, with ground truth only if there is one."""

    view: View = "side"
    left: Content = "bicubic"
    right: Content = "srcnn"
    contents: tuple[Content, ...] = ("bicubic", "srcnn", "original")

    def with_view(self, view: str) -> "ViewLayout":
        """Return the layout in another view; an unknown view returns it unchanged."""
        return next((replace(self, view=name) for name in VIEWS if name == view), self)

    def swapped(self) -> "ViewLayout":
        """Return the layout with left and right exchanged."""
        return replace(self, left=self.right, right=self.left)

    def with_content(self, side: str, content: str) -> "ViewLayout":
        """Return the layout with a content on a side ("left" or "right"); swap if the other side shows it."""
        if content not in self.contents:
            return self
        other = "right" if side == "left" else "left"
        if getattr(self, other) == content:
            return self.swapped()
        change: dict[str, Any] = {side: content}
        return replace(self, **change)

    def with_next_content(self, side: str) -> "ViewLayout":
        """Return the layout with the next content on a side, skipping the one on the other side."""
        other = self.right if side == "left" else self.left
        free = [content for content in self.contents if content != other]
        return self.with_content(side, free[(free.index(getattr(self, side)) + 1) % len(free)])

    def with_ground_truth(self, available: bool) -> "ViewLayout":
        """Return the layout with or without a ground truth; a pane that loses it shows SRCNN or bicubic."""
        contents = CONTENTS if available else tuple(content for content in CONTENTS if content != "ground_truth")
        kept = replace(self, contents=contents)
        for side in ("left", "right"):
            if getattr(kept, side) not in contents:
                other = kept.right if side == "left" else kept.left
                kept = kept.with_content(side, "srcnn" if other != "srcnn" else "bicubic")
        return kept


def content_title(content: str) -> str:
    """Return the title of a content."""
    titles = {"bicubic": _("Bicubic"), "srcnn": "SRCNN", "ground_truth": _("Ground truth"), "original": _("Original")}
    return titles[content]
