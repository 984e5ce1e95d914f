"""Parts of the running service that are no thread of their own, or more than a step of one."""
