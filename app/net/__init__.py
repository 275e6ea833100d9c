"""The only door to the network. In this version it is shut: the policy is offline and nothing can lift it."""
