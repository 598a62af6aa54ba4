//! How much of the code do tests run?
