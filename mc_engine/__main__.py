"""Let ``python -m mc_engine`` behave like the ``mc-engine`` command."""

import sys

from mc_engine.cli.commands import main

sys.exit(main())
