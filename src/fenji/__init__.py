"""fenji (分級): a terminal desk for after-sales service, over plain files in git."""

__version__ = "0.1.0"
