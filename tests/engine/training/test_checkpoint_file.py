"""The lock and the temporary files of a run."""

import pytest

from engine.errors import TrainingRunning
from engine.training import checkpoint_file


def test_lock_is_exclusive_and_keeps_foreign_lock_file(tmp_path, plain_sentence):
    model, theirs = tmp_path / "poetry.safetensors", tmp_path / "poetry.lock"
    theirs.write_text("package")
    with checkpoint_file.exclusive_lock(model):
        assert checkpoint_file.is_running(model)
        with pytest.raises(TrainingRunning) as refused, checkpoint_file.exclusive_lock(model):
            pass
        plain_sentence(refused.value, "poetry")
    assert not checkpoint_file.is_running(model)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"poetry.lock": "package"}
