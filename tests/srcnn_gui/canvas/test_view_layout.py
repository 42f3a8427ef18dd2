"""View modes and the contents of their panes."""

import pytest

from srcnn_gui.canvas.view_layout import CONTENTS, VIEWS, ViewLayout

LAYOUT = ViewLayout(contents=CONTENTS)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_can_be_chosen(view):
    assert LAYOUT.with_view(view).view == view


def test_an_unknown_view_changes_nothing():
    assert LAYOUT.with_view("lens") == LAYOUT


def test_the_panes_never_show_the_same_content():
    assert LAYOUT.with_content("left", "model") == LAYOUT.swapped()
    assert LAYOUT.with_content("right", "ground_truth") == ViewLayout("side", "bicubic", "ground_truth", CONTENTS)


def test_next_content_cycles_through_the_contents():
    view_layout, contents = LAYOUT, []
    for _time in range(3):
        view_layout = view_layout.with_next_content("left")
        contents.append(view_layout.left)
    assert contents == ["ground_truth", "original", "bicubic"]
    assert view_layout.right == "model"


@pytest.mark.parametrize("side", ["left", "right"])
def test_without_a_ground_truth_its_pane_shows_another_content(side):
    view_layout = LAYOUT.with_content(side, "ground_truth").with_ground_truth(False)
    assert "ground_truth" not in (*view_layout.contents, view_layout.left, view_layout.right)
    assert view_layout.left != view_layout.right


def test_an_unavailable_content_cannot_be_shown():
    assert ViewLayout().with_content("left", "ground_truth") == ViewLayout()
