"""`python -m fenji` is the command line."""

from fenji.cli.main import main

raise SystemExit(main())
