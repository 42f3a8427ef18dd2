"""Presenter of the Settings dialog: validates, saves and applies changes. Independent of Qt."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.system import memory, paths, preferences
from engine.system.files import check_folder_writable, os_error_reason
from engine.system.preferences import Preferences
from srcnn_gui.choices.options import LOSSY_FORMATS
from srcnn_gui.runtime.lane import nothing
from srcnn_gui.runtime.store import Store
from srcnn_gui.runtime.translations import _
from srcnn_gui.shell.settings import apply_to_pages
from srcnn_gui.shell.settings.state import SYSTEM_LANGUAGE, Folder, Items, Settings, State, View


@dataclass
class Listeners:
    """Callbacks for changes, called with the old and the new values."""

    settings: Callable[[Settings, Settings], None] = nothing
    preferences: Callable[[Preferences, Preferences], None] = nothing
    language: Callable[[str], None] = nothing


class _NullView:
    """A view that shows nothing, used while the dialog is closed."""

    def display(self, state: State) -> None:
        """Do nothing."""


class SettingsPresenter:
    """Holds the settings. Each change is saved and applied immediately."""

    def __init__(
        self,
        chosen: Settings,
        remember: Callable[[Settings], None],
        listeners: Listeners,
        languages: Items = (),
    ) -> None:
        self._remember, self._listeners, self._languages = remember, listeners, languages
        self._devices: tuple[tuple[str, str], ...] = ()
        self._store = Store[State, View](_NullView(), State(settings=chosen, preferences=preferences.load()))
        self.refresh()

    @property
    def state(self) -> State:
        """The current state."""
        return self._store.state

    @property
    def settings(self) -> Settings:
        """The current settings."""
        return self.state.settings

    def attach(self, view: View) -> None:
        """Render the state on a view, now and after each change."""
        self._store.view = view
        self.refresh()

    def detach(self) -> None:
        """Detach the view when the dialog is closed."""
        self._store.view = _NullView()

    # -- user actions -----------------------------------------------------------------------------------------------

    def choose(self, **changes: Any) -> None:
        """Change settings by name."""
        before, after = self.settings, replace(self.settings, **changes)
        if after != before:
            self._remember(after)
            self._store.update(settings=after, notice="")
            if after.language != before.language:
                self._listeners.language(after.language)
            self._listeners.settings(before, after)
        self.refresh()

    def choose_threads(self, count: int) -> None:
        """Set the number of threads; 0 for all cores."""
        self._save_preferences(replace(preferences.load(), threads=count))

    def choose_folder(self, key: str, path: Path | None) -> None:
        """Set the folder of models or data, None for the default. Existing files are not moved."""
        if path is not None:
            try:
                check_folder_writable(path)
            except OSError as error:
                message = _("Nothing can be written in {folder}: {reason}")
                self._store.update(notice=message.format(folder=path, reason=os_error_reason(error)))
                return
        directory, saved = str(path.resolve()) if path else "", preferences.load()
        self._save_preferences(replace(saved, models=directory) if key == "models" else replace(saved, data=directory))

    def reset(self) -> None:
        """Restore all defaults. No files are deleted."""
        self._save_preferences(Preferences())
        if not self.state.notice:
            self.choose(**vars(Settings()))

    def devices_found(self, devices: tuple[tuple[str, str], ...]) -> None:
        """Set the available devices."""
        self._devices = devices
        self.refresh()

    def refresh(self) -> None:
        """Update everything that depends on models, devices, the language and preferences."""
        chosen, saved = self.settings, preferences.load()
        self._store.update(
            preferences=saved,
            languages=((SYSTEM_LANGUAGE, _("As the system")), *self._languages),
            models=(("", _("As used last")), *apply_to_pages.model_options()),
            devices=self._device_items(),
            cores=memory.cpu_count(),
            folders=(
                Folder("models", str(paths.models()), bool(saved.models)),
                Folder("data", str(paths.data()), bool(saved.data)),
            ),
            log=str(paths.log()),
            quality_matters=chosen.format in ("", *LOSSY_FORMATS),
            can_reset=chosen != Settings() or saved != Preferences(),
        )

    # -- internals --------------------------------------------------------------------------------------------------

    def _device_items(self) -> tuple[tuple[object, str], ...]:
        """Return the items for the device; a chosen device that is not available is kept."""
        items = list(self._devices) or [("cpu", _("CPU"))]
        chosen = self.settings.device
        if chosen not in ("", "auto", *(kind for kind, _title in items)):
            items.append((chosen, _("{device}, not here").format(device=chosen)))
        return (("", _("As used last")), ("auto", _("The fastest there is")), *items)

    def _save_preferences(self, new: Preferences) -> None:
        """Save the preferences that are shared with the command line."""
        before = preferences.load()
        if new == before:
            return
        try:
            preferences.save(new)
        except OSError as error:
            message = _("The settings could not be kept in {file}: {reason}")
            self._store.update(notice=message.format(file=preferences.path(), reason=os_error_reason(error)))
            return
        self._store.update(notice="")
        self.refresh()
        self._listeners.preferences(before, new)
