"""The one door to a desk, for the command line and the interface: a method for each thing that a person does."""

from fenji.desk.acts import Act
from fenji.desk.creating import DeskSetup, create
from fenji.desk.door import ActDetails, Desk, TicketPreview

__all__ = ["Act", "ActDetails", "Desk", "DeskSetup", "TicketPreview", "create"]
