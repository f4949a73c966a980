"""What is counted: periods, facts read off tickets, figures, and the queries behind them. Pure."""
