"""What people may ask about their own data: to see, correct and erase it."""
