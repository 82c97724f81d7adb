"""Records of jobs, pods and virtual machines: read from schedulers and files, kept in a table of their own."""
