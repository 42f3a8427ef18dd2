"""The command line: `python -m engine upscale|batch|evaluate|train|models|data|diagnostics`, installed as `srcnn`.

Each command is a file; this one joins them and turns a failure into one sentence and an exit status.
"""

import logging
import os
import sys
from typing import Annotated, NoReturn

import typer

from engine import __version__
from engine.cli import batch, catalogue, data, diagnostics, evaluate, models, train, upscale
from engine.cli.console import fail
from engine.errors import EngineError, FileExists, TrainingExists
from engine.system import log, standalone

app = typer.Typer(
    name="srcnn",
    help="Enlarge pictures with SRCNN, measure the result, and train the network.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _tell_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        print(f"srcnn {__version__}")
        raise typer.Exit


@app.callback()
def _any_command(
    _version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """What can be asked before a command is named."""


app.command("upscale")(upscale.upscale)
app.command("batch")(batch.batch)
app.command("evaluate")(evaluate.evaluate)
app.command("train")(train.train)
app.command("diagnostics")(diagnostics.diagnostics)
app.command("catalogue", hidden=True)(catalogue.catalogue)
app.add_typer(models.app, name="models")
app.add_typer(data.app, name="data")


def main() -> None:
    """Run a command; exit status 0 done, 1 failed with a sentence, 2 wrong usage, 130 interrupted."""
    try:
        _run()
    except SystemExit as ended:
        if os.environ.get("WORLD_SIZE", "1") != "1" and (ended.code is None or isinstance(ended.code, int)):
            _leave_at_once(ended.code or 0)
        raise


def _leave_at_once(status: int) -> NoReturn:
    """End one of several processes without taking Python apart.

    Threads of torch's may still want it while it goes, and then abort the process: "terminate called without an active
    exception" (pytorch#179291).
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _run() -> None:
    log.start("command", logging.WARNING)
    standalone.settle()
    try:
        app()
    except TrainingExists as error:
        name = error.facts["name"]
        fail(
            f"{name} already exists. Pass --resume to continue its training, choose another name, or pass --overwrite."
        )
    except FileExists as error:
        fail(f"{error.facts['name']} already exists. Choose another name or pass --overwrite.")
    except EngineError as error:
        fail(str(error))
    except (KeyboardInterrupt, typer.Abort):
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
    except MemoryError:
        fail("There is not enough memory for a picture of this size.")
    except OSError as error:
        fail(f"{error.filename or 'A file'}: {error.strerror or error}.")
    except Exception:  # to the log too, for `srcnn diagnostics`; a sys.excepthook would be Typer's, not ours
        logging.getLogger(__name__).critical("unforeseen", exc_info=True)
        raise
