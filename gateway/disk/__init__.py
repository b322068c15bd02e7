"""Files and folders on a disk, durable when a function returns; what is in them is others' affair."""
