#!/bin/sh
# Makes .venv usable, or says why it cannot be and what to do about it.
#
#   scripts/venv.sh run    what the program needs
#   scripts/venv.sh dev    that, and what its tests need
#
# PYTHON names the interpreter to use (default: the first of python3, python3.14 … python3.11 that is new enough).
# Nothing is done when .venv is up to date. A .venv that was moved, or whose interpreter is gone, is made anew.
set -eu
cd "$(dirname "$0")/.."
here=$(pwd -P)
want=$1
stamp=.venv/installed-$want

fail() {
    printf 'muxbw-tui: %s\n' "$1" >&2
    exit 1
}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        command -v "$PYTHON" >/dev/null 2>&1 || fail "PYTHON=$PYTHON is not a program. Set it to a Python 3.11 or later."
        new_enough "$PYTHON" || fail "PYTHON=$PYTHON is $("$PYTHON" --version 2>&1), and 3.11 or later is needed."
        printf '%s' "$PYTHON"
        return
    fi
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 && new_enough "$candidate"; then
            printf '%s' "$candidate"
            return
        fi
    done
    found=$(python3 --version 2>/dev/null || printf 'no python3 at all')
    fail "Python 3.11 or later is needed, and here is $found. Install one, or name it: make run PYTHON=/path/to/python3.11"
}

usable() {
    [ -x .venv/bin/python ] && new_enough .venv/bin/python && [ "$(cat .venv/made-in 2>/dev/null)" = "$here" ]
}

if ! usable; then
    python=$(find_python)
    if [ -e .venv ]; then
        printf 'muxbw-tui: .venv was moved, or its Python is gone: making it anew\n' >&2
        rm -rf .venv
    fi
    "$python" -c 'import ensurepip, venv' 2>/dev/null || fail "$python has no venv module. On Debian and Ubuntu: apt install $("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    printf 'muxbw-tui: making .venv with %s\n' "$("$python" --version)" >&2
    "$python" -m venv .venv || fail "$python could not make a virtual environment in $here/.venv"
    printf '%s\n' "$here" >.venv/made-in
fi

if [ -e "$stamp" ] && [ ! pyproject.toml -nt "$stamp" ] && [ ! constraints.txt -nt "$stamp" ]; then
    exit 0
fi
case $want in
    run) what=. ;;
    dev) what='.[dev]' ;;
    *) fail "scripts/venv.sh takes run or dev" ;;
esac
printf 'muxbw-tui: installing what it needs into .venv (once; a minute or so)\n' >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e "$what" ||
    fail "pip could not install the dependencies; its words stand above. With no network, point pip at a mirror and try again."
touch "$stamp"
