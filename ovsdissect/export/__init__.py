"""The fast path of JSON and list lines: plain messages are written straight from their records, all others from their trees."""
