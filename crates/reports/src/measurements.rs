//! How fast something is: benchmark reports.
