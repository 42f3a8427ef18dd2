"""The lock and the temporary files of a run."""

import pytest

from engine.errors import TrainingRunning
from engine.training import checkpoints


def test_lock_is_exclusive_and_keeps_foreign_lock_file(tmp_path, plain_sentence):
    model, theirs = tmp_path / "poetry.safetensors", tmp_path / "poetry.lock"
    theirs.write_text("package")
    with checkpoints.exclusive_lock(model):
        assert checkpoints.is_running(model)
        with pytest.raises(TrainingRunning) as refused, checkpoints.exclusive_lock(model):
            pass
        plain_sentence(refused.value, "poetry")
    assert not checkpoints.is_running(model)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"poetry.lock": "package"}
