//! Things by how a path has to begin for them.

/// Things, each with a beginning. Asking for those of a path takes as long as the longest beginning that
/// the path has, however many there are.
#[derive(Clone, Debug)]
pub(super) struct Beginnings<T> {
    /// The first is the empty beginning.
    nodes: Vec<Node<T>>,
}

/// All things with one beginning, and the beginnings that are longer by one byte.
#[derive(Clone, Debug)]
struct Node<T> {
    things: Vec<T>,
    /// The byte and the place of the node, by the byte.
    longer: Vec<(u8, usize)>,
}

impl<T> Node<T> {
    const fn new() -> Self {
        Self { things: Vec::new(), longer: Vec::new() }
    }
}

impl<T> Default for Beginnings<T> {
    fn default() -> Self {
        Self { nodes: vec![Node::new()] }
    }
}

impl<T> Beginnings<T> {
    /// Adds a thing to those for paths with this beginning.
    pub(super) fn add(&mut self, beginning: &[u8], thing: T) {
        let mut at = 0;
        for byte in beginning {
            let new = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else { return };
            at = match node.longer.binary_search_by_key(byte, |(byte, _)| *byte) {
                Ok(found) => node.longer.get(found).map_or(new, |(_, next)| *next),
                Err(place) => {
                    node.longer.insert(place, (*byte, new));
                    self.nodes.push(Node::new());
                    new
                }
            };
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.things.push(thing);
        }
    }

    /// The things whose beginning a path has, the shortest beginning first.
    pub(super) fn of(&self, path: &[u8]) -> impl Iterator<Item = &T> {
        let mut bytes = path.iter();
        let next = move |node: &&Node<T>| {
            let byte = bytes.next()?;
            let found = node.longer.binary_search_by_key(byte, |(byte, _)| *byte).ok()?;
            self.nodes.get(node.longer.get(found)?.1)
        };
        std::iter::successors(self.nodes.first(), next).flat_map(|node| &node.things)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_found_by_the_beginnings_of_a_path() {
        let mut tree = Beginnings::default();
        for (thing, beginning) in ["src/", "", "src/a", "s", "src/", "docs/"].iter().enumerate() {
            tree.add(beginning.as_bytes(), thing);
        }
        let of = |path: &str| tree.of(path.as_bytes()).copied().collect::<Vec<usize>>();
        assert_eq!(of("src/b"), [1, 3, 0, 4]);
        assert_eq!(of("src/a"), [1, 3, 0, 4, 2]);
        assert_eq!(of("src"), [1, 3]);
        assert_eq!(of("docs/"), [1, 5]);
        assert_eq!(of("x"), [1]);
        assert_eq!(of(""), [1]);
    }
}
