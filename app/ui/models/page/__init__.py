"""The Models page: what suits this computer, what the hub has, what is here, what is on its way."""
