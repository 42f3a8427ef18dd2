"""View of the two panes (side by side, split, flip, difference), and the content of each pane."""

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from srcnn_gui.runtime.translations import _

View = Literal["side", "split", "flip", "difference"]
Content = Literal["bicubic", "model", "ground_truth", "original"]

VIEWS: tuple[View, ...] = get_args(View)
CONTENTS: tuple[Content, ...] = get_args(Content)


@dataclass(frozen=True)
class ViewLayout:
    """View of the two panes, and their contents.

    Attributes
    ----------
    view : how the panes are arranged
    left, right : content of each pane
    contents : available contents, which include the ground truth only if there is one
    """

    view: View = "side"
    left: Content = "bicubic"
    right: Content = "model"
    contents: tuple[Content, ...] = ("bicubic", "model", "original")

    def with_view(self, view: str) -> "ViewLayout":
        """Return a layout with a different view, or the same layout if `view` is unknown."""
        return next((replace(self, view=name) for name in VIEWS if name == view), self)

    def swapped(self) -> "ViewLayout":
        """Return a layout with the contents of the panes exchanged."""
        return replace(self, left=self.right, right=self.left)

    def with_content(self, side: str, content: str) -> "ViewLayout":
        """Return a layout in which the pane `side` ("left" or "right") shows `content`.

        If the other pane shows this content, the panes are exchanged. If the content is not available, the layout is
        unchanged.
        """
        if content not in self.contents:
            return self
        other = "right" if side == "left" else "left"
        if getattr(self, other) == content:
            return self.swapped()
        change: dict[str, Any] = {side: content}
        return replace(self, **change)

    def with_next_content(self, side: str) -> "ViewLayout":
        """Return a layout in which the pane `side` ("left" or "right") shows the next content.

        The content of the other pane is skipped.
        """
        other = self.right if side == "left" else self.left
        free = [content for content in self.contents if content != other]
        return self.with_content(side, free[(free.index(getattr(self, side)) + 1) % len(free)])

    def with_ground_truth(self, available: bool) -> "ViewLayout":
        """Return a layout with the ground truth added to the available contents, or removed from them.

        If a pane shows the ground truth and it is removed, the pane shows the model's result, or the bicubic image if
        the other pane already shows the model's result.
        """
        contents = CONTENTS if available else tuple(content for content in CONTENTS if content != "ground_truth")
        layout = replace(self, contents=contents)
        for side in ("left", "right"):
            if getattr(layout, side) not in contents:
                other = layout.right if side == "left" else layout.left
                layout = layout.with_content(side, "model" if other != "model" else "bicubic")
        return layout


def content_title(content: str, model: str = "") -> str:
    """Return the translated title of an image that a pane can show.

    `model` is the title of the selected model.
    """
    titles = {
        "bicubic": _("Bicubic"),
        "model": model or _("Model"),
        "ground_truth": _("Ground truth"),
        "original": _("Input"),
    }
    return titles[content]
