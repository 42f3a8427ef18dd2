"""The settings' decisions: what can be chosen, what is kept where, and who is told. No Qt."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.system import memory, paths, preferences
from engine.system.files import reason_of, try_folder
from engine.system.preferences import Preferences
from srcnn_gui.choices.options import LOSSY
from srcnn_gui.runtime.lane import nothing
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _
from srcnn_gui.shell import defaults
from srcnn_gui.shell.settings.state import SYSTEM_LANGUAGE, Folder, Lines, Settings, State, View


@dataclass
class Listeners:
    """Who wants to know of a change, with what was and what is."""

    settings: Callable[[Settings, Settings], None] = nothing
    preferences: Callable[[Preferences, Preferences], None] = nothing
    language: Callable[[str], None] = nothing


class _Closed:
    """The view while the dialog is closed."""

    def display(self, state: State) -> None:
        """Show nothing."""


class SettingsPresenter:
    """Holds the settings. Each choice is kept and takes effect at once."""

    def __init__(
        self,
        chosen: Settings,
        remember: Callable[[Settings], None],
        listeners: Listeners,
        languages: Lines = (),
    ) -> None:
        self._remember, self._listeners, self._languages = remember, listeners, languages
        self._devices: tuple[tuple[str, str], ...] = ()
        self._store = Store[State, View](_Closed(), State(settings=chosen, preferences=preferences.load()))
        self.refresh()

    @property
    def state(self) -> State:
        """What is shown."""
        return self._store.state

    @property
    def settings(self) -> Settings:
        """What is chosen now."""
        return self.state.settings

    def attach(self, view: View) -> None:
        """Show everything there, and whatever changes."""
        self._store.view = view
        self.refresh()

    def detach(self) -> None:
        """Nothing shows it any more."""
        self._store.view = _Closed()

    # -- intents ---------------------------------------------------------------------------------------------------

    def choose(self, **changes: Any) -> None:
        """Other settings, by their names."""
        before, after = self.settings, replace(self.settings, **changes)
        if after != before:
            self._remember(after)
            self._store.update(settings=after, notice="")
            if after.language != before.language:
                self._listeners.language(after.language)
            self._listeners.settings(before, after)
        self.refresh()

    def choose_threads(self, count: int) -> None:
        """Compute with at most so many cores; 0 for all."""
        self._prefer(replace(preferences.load(), threads=count))

    def choose_folder(self, key: str, path: Path | None) -> None:
        """Keep models or data there, None for the program's own place. What lies in the old folder stays there."""
        if path is not None:
            try:
                try_folder(path)
            except OSError as error:
                told = _("Nothing can be written in {folder}: {reason}")
                self._store.update(notice=told.format(folder=path, reason=reason_of(error)))
                return
        place, kept = str(path.resolve()) if path else "", preferences.load()
        self._prefer(replace(kept, models=place) if key == "models" else replace(kept, data=place))

    def reset(self) -> None:
        """Everything as it was at first. What was made and downloaded stays where it is."""
        self._prefer(Preferences())
        if not self.state.notice:
            self.choose(**vars(Settings()))

    def devices_found(self, devices: tuple[tuple[str, str], ...]) -> None:
        """Torch is loaded; this is what can compute."""
        self._devices = devices
        self.refresh()

    def refresh(self) -> None:
        """Bring everything that follows from the rest up to date: a model was made, the language changed."""
        chosen, kept = self.settings, preferences.load()
        self._store.update(
            preferences=kept,
            languages=((SYSTEM_LANGUAGE, _("As the system")), *self._languages),
            models=(("", _("As used last")), *defaults.models_to_choose()),
            devices=self._device_lines(),
            cores=memory.cores(),
            folders=(
                Folder("models", str(paths.models()), bool(kept.models)),
                Folder("data", str(paths.data()), bool(kept.data)),
            ),
            log=str(paths.log()),
            quality_matters=chosen.format in ("", *LOSSY),
            can_reset=chosen != Settings() or kept != Preferences(),
        )

    # -- inside ----------------------------------------------------------------------------------------------------

    def _device_lines(self) -> tuple[tuple[object, str], ...]:
        """What can be chosen to compute; one chosen once that is not here stays, and is called by its kind."""
        found = list(self._devices) or [("cpu", _("CPU"))]
        own = self.settings.device
        if own not in ("", "auto", *(kind for kind, _title in found)):
            found.append((own, _("{device}, not here").format(device=own)))
        return (("", _("As used last")), ("auto", _("The fastest there is")), *found)

    def _prefer(self, wanted: Preferences) -> None:
        """Keep what the command line shares."""
        before = preferences.load()
        if wanted == before:
            return
        try:
            preferences.save(wanted)
        except OSError as error:
            told = _("The settings could not be kept in {file}: {reason}")
            self._store.update(notice=told.format(file=preferences.path(), reason=reason_of(error)))
            return
        self._store.update(notice="")
        self.refresh()
        self._listeners.preferences(before, wanted)
