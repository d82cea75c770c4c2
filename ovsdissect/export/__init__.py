"""What leaves the program as data: JSON, its schema, CSV, pcap.  Writes what the layers below decoded and decides nothing of its own."""
