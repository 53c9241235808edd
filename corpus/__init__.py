"""What we know: documents, versions, chunks, audiences, citations and search. The kernel; imports nothing of ours."""
