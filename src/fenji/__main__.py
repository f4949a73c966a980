"""`python -m fenji` is the command line."""

from fenji.cli import main

raise SystemExit(main())
