"""Reminders: who is told when a promise runs out. Pure."""

from fenji.model.reminders.due import Reminder, find_reminders
from fenji.model.reminders.rules import DEFAULT_RULES, ReminderRules, Step, parse_reminder_rules

__all__ = ["DEFAULT_RULES", "Reminder", "ReminderRules", "Step", "find_reminders", "parse_reminder_rules"]
