"""The command line: parses arguments, calls the desk and prints the result. Decides nothing about tickets."""

PROGRAM_NAME = "fenji"
COMPLETE_ENV = "_FENJI_COMPLETE"  # set by the shell's completion script when it asks for completions
INTERRUPTED = 130  # 128 + SIGINT, as shells count it
