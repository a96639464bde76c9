"""The program's errors, and the exit code that each ends a command with.

Every error that a caller may handle is a `MuxbwError`; library errors are mapped to one at the edge where they
arise. Messages are built from the error's fields, name the thing, and say what can be done about it. A route that
fails is an event of its run, not one of these reaching the top.
"""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """What a command's exit status means; the table in docs/exit-codes.md is made of these."""

    OK = 0
    SOME_ROUTES_FAILED = 1
    USAGE = 2
    CONNECTION = 3
    NO_ROUTE_CARRIED = 4
    REFUSED = 5
    INTERRUPTED = 130


class MuxbwError(Exception):
    """Root of every error that this program raises on purpose."""

    exit_code = ExitCode.SOME_ROUTES_FAILED


class UsageError(MuxbwError):
    """What the user asked for cannot be done as asked: flags, files, settings."""

    exit_code = ExitCode.USAGE


class RecordingError(UsageError):
    """A recording cannot be read; the message names the file and the line or the byte."""


class ConfigError(UsageError):
    """A key or configuration file cannot be used; the message names the file, the table, and what was expected."""


class ScenarioError(UsageError):
    """A scenario cannot be used; the message names the file, the line or table, and what was expected."""


class FilterError(UsageError):
    """What was typed as a filter is no regular expression; the message says why."""


class ConnectError(MuxbwError):
    """No engine or server answers where one was expected."""

    exit_code = ExitCode.CONNECTION


class StreamBrokenError(MuxbwError):
    """The event stream ended before the run did."""

    exit_code = ExitCode.CONNECTION


class ControlError(MuxbwError):
    """The server cannot do what was asked of a run: a stock visor, or a run that is over."""

    exit_code = ExitCode.REFUSED


class InvalidRequestError(MuxbwError):
    """A run request that cannot be carried out.

    Attributes:
        code: the short, stable word that the `error` event carries, such as "invalid_request".
    """

    exit_code = ExitCode.REFUSED

    def __init__(self, message: str, *, code: str = "invalid_request") -> None:
        super().__init__(message)
        self.code = code


class ProtocolError(MuxbwError):
    """Bytes came from a peer that are not what the protocol says."""


class SetUpError(MuxbwError):
    """A route could not be set up.

    Attributes:
        failed_at: key of the node that could not go on, or of the first node where that one never answered;
            empty where nobody was dialled.
    """

    def __init__(self, message: str, *, failed_at: str = "") -> None:
        super().__init__(message)
        self.failed_at = failed_at
