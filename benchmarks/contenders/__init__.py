"""The product and what it is compared with: for each a server, and a publisher that announces changes."""
