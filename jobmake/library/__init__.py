"""What people's Python code imports: jobs, runs, projects."""
