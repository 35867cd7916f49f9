"""Tables in SQL that both databases understand."""
