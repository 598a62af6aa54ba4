//! Does every member of the workspace compile?
