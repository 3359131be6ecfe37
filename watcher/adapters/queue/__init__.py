"""Distribution of work: a job queue for several processes, and the lock on the data folder of one."""
