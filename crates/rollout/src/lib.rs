//! How a deployment goes on: in which order, whether it may go to the next environment, whether a canary
//! is as healthy as its baseline, and which alerts there are. Data in, data out.

pub mod alerts;
pub mod canary;
mod decimal;
pub mod deploy;
pub mod notes;
pub mod promotion;

pub use decimal::Decimal;
