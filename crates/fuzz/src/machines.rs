//! The target for what a machine says of its GPUs.

use placement::probe::{Answer, Ask, Came, State, next, read};
use placement::{expect, own_labels};

/// More questions than any machine is asked.
const MOST_ASKS: usize = 60;

/// Answers below lines `==> exit-code question`, as in `testdata/machines`; whatever is not answered by its
/// own question is answered by all of them in turn. The questions have an end, and what cannot be used has
/// no label and meets no need.
pub fn probe(data: &[u8]) {
    let sections = sections(data);
    let mut answers: Vec<Answer> = Vec::new();
    let mut turn = 0;
    loop {
        let asks = next(&answers);
        if asks.is_empty() {
            break;
        }
        assert!(answers.len() < MOST_ASKS, "the questions have no end");
        for ask in asks {
            let own = sections.iter().find(|(its, _)| *its == spelt(&ask));
            let any = own.or_else(|| sections.get(turn % sections.len().max(1)));
            turn += 1;
            let came = any.map_or(Came::Absent, |(_, came)| came.clone());
            answers.push((ask, came));
        }
    }
    let probed = read(&answers);
    assert_eq!(probed, read(&answers));
    let labels = own_labels(&probed.machine);
    assert!(labels.len() <= 100);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    assert!(labels.iter().all(|label| label.bytes().all(is_plain)), "{labels:?}");
    if probed.machine.gpus.is_none() {
        assert!(labels.is_empty() && matches!(probed.state, State::Unusable(_)));
    }
    let any = placement::Need::gpus(std::num::NonZeroU16::MIN);
    let fit = expect(std::slice::from_ref(&any), &probed).fit();
    assert!(fit != placement::Fit::Yes || probed.state == State::Usable);
}

fn sections(data: &[u8]) -> Vec<(String, Came)> {
    let mut sections: Vec<(String, Came)> = Vec::new();
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        let head = line.strip_prefix(b"==> ").map(String::from_utf8_lossy);
        if let Some((code, ask)) = head.as_deref().and_then(|head| head.trim_end().split_once(' '))
        {
            let said = Came::Said { code: code.parse().ok(), stdout: vec![], stderr: vec![] };
            sections.push((ask.to_owned(), said));
        } else if let Some((_, Came::Said { stdout, .. })) = sections.last_mut() {
            stdout.extend_from_slice(line);
        } else {
            let said = Came::Said { code: Some(0), stdout: line.to_vec(), stderr: vec![] };
            sections.push((String::new(), said));
        }
    }
    sections
}

fn spelt(ask: &Ask) -> String {
    match ask {
        Ask::Run { program, arguments } => {
            format!("{program} {}", arguments.join(" ")).trim_end().to_owned()
        }
        Ask::Read(path) => (*path).to_owned(),
    }
}
