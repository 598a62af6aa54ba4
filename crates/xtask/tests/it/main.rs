//! The rules of the house, held against the tree as it is.

#![cfg(test)]

mod house;
