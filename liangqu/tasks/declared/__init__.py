"""What people declare: marks over readings, and reviews of reports."""
