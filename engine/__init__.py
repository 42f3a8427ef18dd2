"""The SRCNN engine: everything the program can do, without a window.

What it does is at the top level, each a generator that yields events and returns its result:

- `engine.upscaling.job` enlarges one picture
- `engine.batch.job` enlarges a folder of them
- `engine.evaluation.job` scores a model on a set of pictures, `engine.evaluation.benchmark` several models on several sets
- `engine.training.job` fits a model to pictures; `engine.training.runs` keeps what trainings were asked and showed

What it is made of is in the folders: `engine.imaging` (pictures as numbers), `engine.network` (the torch half),
`engine.datasets` (pictures to learn from), `engine.filing` (which pictures, under what names, done or not).
`engine.requests` is what can be asked, of a batch and of a training in files of their own; `engine.events` what a job
says, `engine.errors` what can go wrong, `engine.models.catalog` which models there are, `engine.evaluation.published` what the papers
print, `engine.evaluation.tables` our figures beside it, `engine.cli` the command line.
"""

__version__ = "0.1.0"  # the one place: the wheel, the app and `--version` read it here
