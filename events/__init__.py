"""The event path: from a recorded change to the frame in every browser."""
