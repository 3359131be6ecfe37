"""Distribution of work: the job queue of a deployment of several processes, and the lock on the data folder of one."""
