"""The one door to a desk, for the command line and the interface: a method for each thing that a person does."""

from fenji.desk.acts import Act
from fenji.desk.creating import Founder, create
from fenji.desk.door import Desk, Preview, Said

__all__ = ["Act", "Desk", "Founder", "Preview", "Said", "create"]
