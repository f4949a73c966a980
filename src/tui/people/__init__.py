"""The screens for a lead: people with what they have in hand, and the rules."""
