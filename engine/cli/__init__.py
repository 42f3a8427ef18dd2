"""The command line, which runs as `srcnn` or as `python -m engine`.

Each command is a module of this package. This module combines the commands, and converts exceptions into an error
message and an exit status.
"""

import logging
import os
import sys
from typing import Annotated, Any, NoReturn, cast

import typer
from typer.core import TyperGroup

from engine import __version__
from engine.cli import batch, catalog, data, diagnostics, evaluate, models, train, upscale
from engine.cli.console import error_text, exit_with_error, print_json_error
from engine.cli.stopping import retried_interrupts
from engine.errors import EngineError, FileExists, NotDownloaded, TrainingExists
from engine.system import log, process_setup
from engine.system.files import os_error_reason

# The base class of all usage errors, which Typer does not export.
_UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])


class _Commands(TyperGroup):
    """Group of all commands. With --json, usage errors are also reported as JSON."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the arguments select."""
        try:
            return super().invoke(ctx)
        except _UsageError as error:
            print_json_error(error.format_message())
            raise


app = typer.Typer(
    name="srcnn",
    cls=_Commands,
    help="Upscale images, score the results, and train models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(is_set: bool) -> None:
    """Print the version and exit if --version is set."""
    if is_set:
        print(f"srcnn {__version__}")
        raise typer.Exit


@app.callback()
def _any_command(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Accept the options that precede a command."""


app.command("upscale", epilog="Example: srcnn upscale photo.jpg -o photo_x2.png --scale 2")(upscale.upscale)
app.command("batch", epilog="Example: srcnn batch photos upscaled --scale 2 --format png")(batch.batch)
app.command("watch", epilog="Example: srcnn watch incoming upscaled --scale 2 --format png")(batch.watch)
app.command("evaluate", epilog="Example: srcnn evaluate set5 --model 9-5-5 --scale 3")(evaluate.evaluate)
app.command("train", epilog="Example: srcnn train starter -o mine.safetensors --scale 2 --minutes 5")(train.train)
app.command("diagnostics", epilog="Example: srcnn diagnostics --json")(diagnostics.diagnostics)
app.command("catalogue", hidden=True)(catalog.print_catalog)
app.add_typer(models.app, name="models")
app.add_typer(data.app, name="data")


def main() -> None:
    """Run the command in `sys.argv`, and exit.

    The exit status is 0 for success, 1 for an error with a message, 2 for a usage error, and 130 after Ctrl-C. A
    command can define more meanings.
    """
    try:
        _run()
    except SystemExit as exit_:
        if os.environ.get("WORLD_SIZE", "1") != "1" and (exit_.code is None or isinstance(exit_.code, int)):
            _exit_immediately(exit_.code or 0)
        raise


def _exit_immediately(status: int) -> NoReturn:
    """Exit a process of a distributed job without Python's regular shutdown.

    During that shutdown, torch's threads may still use the interpreter, and the process is aborted with "terminate
    called without an active exception" (pytorch#179291).
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _run() -> None:
    log.start("command", logging.WARNING)
    process_setup.configure_process()
    try:
        with retried_interrupts():
            app()
    except TrainingExists as error:
        name = error.facts["name"]
        exit_with_error(
            f"{name} already exists, and its training can be resumed. "
            "Pass --resume to resume it, choose another name, or pass --overwrite."
        )
    except FileExists as error:
        exit_with_error(f"{error.facts['name']} already exists. Choose another name or pass --overwrite.")
    except NotDownloaded as error:
        name = error.facts["name"]
        exit_with_error(f"The download {name} is missing or incomplete. To download it, run: srcnn data fetch {name}")
    except EngineError as error:
        exit_with_error(error_text(error))
    except (KeyboardInterrupt, typer.Abort):
        exit_with_error("Stopped.", 130)
    except MemoryError:
        exit_with_error("There isn't enough memory. Close other apps or use a smaller image.")
    except OSError as error:
        exit_with_error(f"{error.filename or 'A file'} can't be read or written. {os_error_reason(error)}")
    except Exception as error:  # logged here for `srcnn diagnostics`, because Typer replaces sys.excepthook
        logging.getLogger(__name__).critical("unexpected error", exc_info=True)
        print_json_error(f"{type(error).__name__}: {error}")
        raise
