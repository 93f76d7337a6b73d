"""QuickBooks Online as a small ERP for gameday: its fake, and a sync from Salesforce to it."""
