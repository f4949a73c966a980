"""The only entrance to a desk for the command line and the interface: `Desk`, with a method for each kind of act."""

from fenji.desk.act_details import ActDetails, TicketPreview
from fenji.desk.acts import Act
from fenji.desk.desk import Desk
from fenji.desk.init import DeskSetup, create
from fenji.files import write as write_file
from fenji.files import write_failure
from fenji.given_files import expand_user

__all__ = [
    "Act",
    "ActDetails",
    "Desk",
    "DeskSetup",
    "TicketPreview",
    "create",
    "expand_user",
    "write_failure",
    "write_file",
]
