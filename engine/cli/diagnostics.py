"""The command `srcnn diagnostics`, which prints information for bug reports.

It prints the same sections as the Diagnostics dialog, except those about the window.
"""

from engine.cli.console import JsonFlag, print_json
from engine.system import diagnostics as report
from engine.system import log


def diagnostics(as_json: JsonFlag = False) -> None:
    """Print information for bug reports: versions, devices, folders, and the end of the log."""
    from engine.inference import device

    devices = [(kind, device.display_name(device.select(kind)[0])) for kind in device.available()]
    missing = device.explain_fallback("vulkan")
    sections = report.collect(devices, {"Vulkan": {"missing": str(missing)}} if missing else None)
    if as_json:
        document = {
            title: {name: report.redact_home(value) for name, value in part.items()}
            for title, part in sections.items()
        }
        print_json(document | {"Log": report.redact_home(log.tail(report.LOG_LINES)).splitlines()})
        return
    print(report.format_report(sections), end="")
