"""What protects the person, said by what was measured and not by what was hoped."""
