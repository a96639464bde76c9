"""Terminal dashboard and pump engine for multiplexed bandwidth over relayed routes."""

__version__ = "0.1.0"
