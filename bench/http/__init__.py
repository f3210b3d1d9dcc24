"""What the benches of the gateway share: data, processes, load, tables."""
