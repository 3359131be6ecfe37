"""Distribution of work among processes: a job queue on PostgreSQL, and a file lock that keeps a second process out."""
