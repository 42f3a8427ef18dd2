"""`srcnn diagnostics`: what helps whoever looks into a problem; the window's Help > Diagnostics says the same."""

from engine.cli.console import JsonFlag, print_json
from engine.system import diagnostics as told
from engine.system import log


def diagnostics(as_json: JsonFlag = False) -> None:
    """Print versions, devices, folders and the end of the log, to pass on with a question."""
    from engine.inference import device

    devices = [(kind, device.title(device.choose(kind)[0])) for kind in device.available()]
    sections = told.collect(devices)
    if as_json:
        plain = {
            title: {name: told.without_home(value) for name, value in part.items()} for title, part in sections.items()
        }
        print_json(plain | {"Log": told.without_home(log.tail(told.LOG_LINES)).splitlines()})
        return
    print(told.text(sections), end="")
