//! What linters find in the code.
