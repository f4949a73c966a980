"""The command line: commands over the desk, their words, and what is printed. Decides nothing about tickets."""
