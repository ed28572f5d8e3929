"""What is known of the disk and of the past: digests, lockfile, journal, history."""
