"""Text and values being typed: questions, forms, dialogs, the editing of a line."""
