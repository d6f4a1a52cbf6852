"""GraphQL, through its real URL."""
