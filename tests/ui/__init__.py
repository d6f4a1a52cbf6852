"""What the Orchestrator UI v2 asks for, page by page and call by call, and what it needs in the answers."""
