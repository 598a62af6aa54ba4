//! Boards with a GPU on the processor's chip. Before `JetPack` 6 they have no `nvidia-smi`.

use super::ask::{Answer, Ask, BOARD, TEGRA, text};
use super::{Note, kept};
use crate::catalogue;
use crate::{Gpu, Memory, Mig, Sharing, Vendor};

/// The GPU of such a board, if this is one. Its memory is the processor's, so it has no size of its own.
pub(super) fn read(answers: &[Answer], notes: &mut Vec<Note>) -> Option<Gpu> {
    text(answers, &Ask::Read(TEGRA)).filter(|text| text.starts_with("# R"))?;
    let board = text(answers, &Ask::Read(BOARD)).unwrap_or_default();
    // The kernel ends it as C does.
    let board = board.trim_end_matches(['\0', '\n']);
    let name = board.strip_suffix("Developer Kit").unwrap_or(board);
    let model = match catalogue::known().identify(name) {
        Ok(found) => Some(found.model),
        Err(why) => {
            let name = kept(name).unwrap_or_default();
            notes.push(Note::NotIdentified { place: 0, name, why });
            None
        }
    };
    Some(Gpu {
        vendor: Vendor::Nvidia,
        model: model.map(|model| model.name.clone()),
        memory: Memory { reported_mib: None, nominal_gb: None },
        capability: model.and_then(|model| model.capability),
        gfx: None,
        mig: Some(Mig::Whole),
        sharing: Some(Sharing::Exclusive),
        uuid: None,
    })
}
