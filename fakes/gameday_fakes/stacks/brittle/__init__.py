"""The usual point-to-point connector: takes an event, posts an order, invoices it, retries any error and logs."""
