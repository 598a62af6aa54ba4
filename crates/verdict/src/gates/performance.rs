//! Is it as fast as it was, and as fast as it must be?
