//! The economy of the mesh.

/// How many parts it is made of.
pub fn size() -> u64 {
    1 + hypermesh::size()
}

#[cfg(test)]
mod tests {
    #[test]
    fn parts() {
        assert_eq!(super::size(), 5);
    }
}
