"""What people do in the registry: reviews, cases, suspensions, notices, labels."""
