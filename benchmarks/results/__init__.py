"""What is made of stored readings: boards, report, assessment, statistics computed again."""
