"""Views and what stands in their panes."""

import pytest

from srcnn_gui.canvas.view_layout import CONTENTS, VIEWS, Look

ALL = Look(contents=CONTENTS)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_can_be_chosen(view):
    assert ALL.seen_as(view).view == view


def test_a_view_that_does_not_exist_changes_nothing():
    assert ALL.seen_as("lens") == ALL


def test_two_panes_never_show_the_same():
    assert ALL.showing("left", "srcnn") == ALL.swapped()
    assert ALL.showing("right", "truth") == Look("side", "bicubic", "truth", CONTENTS)


def test_going_on_comes_back_after_all_the_others():
    look, seen = ALL, []
    for _time in range(3):
        look = look.showing_next("left")
        seen.append(look.left)
    assert seen == ["truth", "original", "bicubic"]
    assert look.right == "srcnn"


@pytest.mark.parametrize("side", ["left", "right"])
def test_without_a_ground_truth_its_pane_shows_something_else(side):
    look = ALL.showing(side, "truth").with_truth(False)
    assert "truth" not in (*look.contents, look.left, look.right)
    assert look.left != look.right


def test_what_is_not_there_cannot_be_shown():
    assert Look().showing("left", "truth") == Look()
