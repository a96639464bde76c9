"""`python -m muxbw_tui`, which the embedded engine is started as."""

from muxbw_tui.cli.main import main

main()
