"""Results that outlive a job: sealed folders in a store, and what is decided from them."""
