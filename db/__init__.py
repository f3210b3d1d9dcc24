"""The database: connections, the embedded server, migrations; the SQL lies beside."""
