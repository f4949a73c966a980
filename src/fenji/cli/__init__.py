"""The command line: parses arguments, calls the desk and prints the result. Decides nothing about tickets."""
