"""Short links kept in memory on one event loop; SQLite is the memory that survives."""
