"""``python -m bot`` is ``assay``."""

from bot.cli import main

main()
