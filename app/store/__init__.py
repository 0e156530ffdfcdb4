"""Tables, and every statement that touches them, one module per noun."""
