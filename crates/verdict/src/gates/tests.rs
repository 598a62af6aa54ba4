//! Did every test run and pass?
