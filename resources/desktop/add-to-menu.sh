#!/bin/sh
# Puts SRCNN Studio into your menu, to start from where this folder lies now. With --remove: takes it out again.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
share=${XDG_DATA_HOME:-$HOME/.local/share}
entry=$share/applications/srcnn-studio.desktop

if [ "${1:-}" = --remove ]; then
    rm -f "$entry"
    echo "SRCNN Studio is out of the menu. To be rid of it altogether, delete $here."
    exit
fi

quoted() { # as Exec= wants it: in double quotes, with \ " ` $ escaped, each \ twice for the file, and % doubled
    printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"`$]/\\&/g; s/\\/\\\\/g; s/%/%%/g')"
}

mkdir -p "$share/applications"
while IFS= read -r line; do
    case $line in
    Exec=*) printf 'Exec=%s %%F\n' "$(quoted "$here/srcnn-studio")" ;;
    Icon=*) printf 'Icon=%s\n' "$(printf '%s' "$here/srcnn-studio.png" | sed 's/\\/\\\\/g')" ;;
    *) printf '%s\n' "$line" ;;
    esac
done <"$here/srcnn-studio.desktop" >"$entry"
echo "SRCNN Studio is in the menu now: $entry"
