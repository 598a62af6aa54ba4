//! What lies in the folders that are kept between runs, and whose it is: how to tell what is left over.
//!
//! Here formats are read; what may go is decided in the crate `cache-identity`. Nothing here guesses: what
//! is not understood is told as that, and stays.

mod compiler;
mod dep_info;
mod fingerprint;
mod needs;
mod role;

pub use compiler::compiler;
pub use dep_info::{DepInfo, Sources};
pub use fingerprint::{Fingerprint, number, unit};
pub use needs::{Needs, repository_name};
pub use role::{Role, left_alone};
