//! shard-splitter: how do N runners finish together, with every test run exactly once?

mod args;

pub use args::interface;
