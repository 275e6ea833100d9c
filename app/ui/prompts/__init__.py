"""How chats are answered, and what is kept to be used again: instructions, personas, prompt templates."""
