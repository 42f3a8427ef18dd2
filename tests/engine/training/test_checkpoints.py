"""What lies beside a model while it is trained is the training's own."""

import pytest

from engine.errors import TrainingRunning
from engine.training import checkpoints


def test_two_do_not_write_one_model_and_a_lock_of_another_program_stays(tmp_path, plain_sentence):
    model, theirs = tmp_path / "poetry.safetensors", tmp_path / "poetry.lock"
    theirs.write_text("package")
    with checkpoints.alone(model):
        assert checkpoints.is_at_work(model)
        with pytest.raises(TrainingRunning) as refused, checkpoints.alone(model):
            pass
        plain_sentence(refused.value, "poetry")
    assert not checkpoints.is_at_work(model)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"poetry.lock": "package"}
