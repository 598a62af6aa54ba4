//! What scanners find.
