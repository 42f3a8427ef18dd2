"""The command line: `python -m engine upscale|batch|evaluate|train|models|data|diagnostics`, installed as `srcnn`.

Each command is a module. This module combines them, and converts errors into a message and an exit status.
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


def _print_version(is_set: bool) -> None:
    """Print the version and exit."""
    if is_set:
        print(f"srcnn {__version__}")
        raise typer.Exit


@app.callback()
def _any_command(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that precede a command."""


app.command("upscale")(upscale.upscale)
app.command("batch")(batch.batch)
app.command("evaluate")(evaluate.evaluate)
app.command("train")(train.train)
app.command("diagnostics")(diagnostics.diagnostics)
app.command("catalogue", hidden=True)(catalogue.catalogue)
app.add_typer(models.app, name="models")
app.add_typer(data.app, name="data")


def main() -> None:
    """Run a command. Exit status: 0 success, 1 failure with a message, 2 wrong usage, 130 interrupted."""
    try:
        _run()
    except SystemExit as exit_:
        if os.environ.get("WORLD_SIZE", "1") != "1" and (exit_.code is None or isinstance(exit_.code, int)):
            _exit_immediately(exit_.code or 0)
        raise


def _exit_immediately(status: int) -> NoReturn:
    """Exit one of several processes without shutting Python down.

    Threads of torch may still use the interpreter during shutdown, and abort the process: "terminate called without an
    active exception" (pytorch#179291).
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _run() -> None:
    log.start("command", logging.WARNING)
    standalone.configure_process()
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
    except Exception:  # log it for `srcnn diagnostics`; Typer replaces sys.excepthook
        logging.getLogger(__name__).critical("unforeseen", exc_info=True)
        raise
