//! What is wrong, where, and what to do: problems as data.
//!
//! A [`Problem`] is built by whoever finds it and rendered by `runner-protocol` alone, as an
//! annotation, a block on a terminal or a line of JSON. Nothing here prints, and text that came
//! from outside ([`Foreign`]) cannot be mistaken for ours: it has no `Display`.

pub mod config;
mod foreign;
mod nearest;
mod place;
mod problem;
mod secret;
mod text;
pub mod yaml;

pub use foreign::Foreign;
pub use nearest::nearest;
pub use place::{Place, Positions, offset, position};
pub use problem::{Level, Problem, Snippet};
pub use secret::Secret;
pub use text::{Piece, Text, counted};
