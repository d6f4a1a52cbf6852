"""``POST /api/graphql``: what the Orchestrator UI reads, by the queries of REST."""
