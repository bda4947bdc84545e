"""What every feature stands on: errors, times, ids, transactions, items, AWS's clients."""
