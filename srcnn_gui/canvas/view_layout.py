"""How two pictures are laid beside each other: the view, and what stands left and right."""

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from srcnn_gui.runtime.translations import _

View = Literal["side", "split", "flip", "difference"]
Content = Literal["bicubic", "srcnn", "truth", "original"]

VIEWS: tuple[View, ...] = get_args(View)
CONTENTS: tuple[Content, ...] = get_args(Content)


@dataclass(frozen=True)
class Look:
    """A view of two contents. `contents` are those that there are: without a ground truth it is not among them."""

    view: View = "side"
    left: Content = "bicubic"
    right: Content = "srcnn"
    contents: tuple[Content, ...] = ("bicubic", "srcnn", "original")

    def seen_as(self, view: str) -> "Look":
        """In another view; one that does not exist changes nothing."""
        return next((replace(self, view=known) for known in VIEWS if known == view), self)

    def swapped(self) -> "Look":
        """Left and right exchanged."""
        return replace(self, left=self.right, right=self.left)

    def showing(self, side: str, content: str) -> "Look":
        """With something else on a side ("left" or "right"); what stands on the other side changes places with it."""
        if content not in self.contents:
            return self
        other = "right" if side == "left" else "left"
        if getattr(self, other) == content:
            return self.swapped()
        change: dict[str, Any] = {side: content}
        return replace(self, **change)

    def showing_next(self, side: str) -> "Look":
        """With the next content on a side, leaving out the one on the other."""
        other = self.right if side == "left" else self.left
        free = [content for content in self.contents if content != other]
        return self.showing(side, free[(free.index(getattr(self, side)) + 1) % len(free)])

    def with_truth(self, there: bool) -> "Look":
        """With or without a ground truth to choose; where it was shown without being there any more, SRCNN is."""
        contents = CONTENTS if there else tuple(content for content in CONTENTS if content != "truth")
        kept = replace(self, contents=contents)
        for side in ("left", "right"):
            if getattr(kept, side) not in contents:
                other = kept.right if side == "left" else kept.left
                kept = kept.showing(side, "srcnn" if other != "srcnn" else "bicubic")
        return kept


def content_title(content: str) -> str:
    """What can stand in a pane, in words."""
    titles = {"bicubic": _("Bicubic"), "srcnn": "SRCNN", "truth": _("Ground truth"), "original": _("Original")}
    return titles[content]
