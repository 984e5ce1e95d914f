"""What people look at: Grafana boards as code, provisioning, monthly reports."""
