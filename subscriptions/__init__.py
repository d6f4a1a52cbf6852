"""Products and subscriptions: what customers have, in which phase of its life, and whether the network agrees."""
