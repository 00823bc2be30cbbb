"""What an operator does with a hub: back it up, restore it, look after it."""
