"""The parts that every line is drawn with: colours, signs, widths, the bar, meters."""
