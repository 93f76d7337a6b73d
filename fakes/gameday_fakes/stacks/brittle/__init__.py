"""The usual point-to-point connector: takes the event, posts an order, invoices it, tries again on any error, logs."""
