"""The game-day library: features by area, the contracts of the flows and a sample of a real order book."""
