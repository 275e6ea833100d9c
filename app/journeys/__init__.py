"""What a person does across features: finding a model that suits this computer, and fetching it."""
