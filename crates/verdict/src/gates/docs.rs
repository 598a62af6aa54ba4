//! Is what is public documented?
