"""Terminal dashboard and pump engine for multiplexed bandwidth over relayed routes."""
