"""The one door to a desk, for the command line and the interface: a method for each thing that a person does."""

from fenji.desk.acts import Act
from fenji.desk.desk import ActDetails, Desk, TicketPreview
from fenji.desk.init import DeskSetup, create

__all__ = ["Act", "ActDetails", "Desk", "DeskSetup", "TicketPreview", "create"]
