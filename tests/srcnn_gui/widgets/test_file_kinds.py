"""What the dialogs that open and save files offer."""

from pathlib import Path

import pytest

from srcnn_gui.widgets import file_kinds


@pytest.mark.parametrize(
    ("name", "kind", "becomes"),
    [
        ("mine", "PyTorch (*.pth *.pt)", "mine.pth"),
        ("mine", "SRCNN Studio (*.safetensors)", "mine.safetensors"),
        ("mine.mat", "PyTorch (*.pth *.pt)", "mine.mat"),
        ("mine", "All files (*)", "mine"),
    ],
)
def test_a_name_without_an_ending_gets_that_of_the_kind(name, kind, becomes):
    assert file_kinds.with_ending(Path("models") / name, kind) == Path("models") / becomes
