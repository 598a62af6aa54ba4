//! Are the workflows themselves sound?
