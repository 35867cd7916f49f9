"""What every call passes through, one file for each concern; `chain` leads through them."""
