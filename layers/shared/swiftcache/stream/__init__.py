"""The table's stream: what each change of a record starts and tells."""
