//! The figures, against small cases and a slow calculation.

use proptest::prelude::*;

use super::*;
use crate::answers::NotAnswers;

const DAY: i64 = 86_400;
/// When the window begins, in seconds since 1970.
const FROM: i64 = 1_795_000_000;

fn at(seconds: i64) -> String {
    Moment::of_seconds(FROM + seconds).to_string()
}

fn commit(letter: char) -> String {
    letter.to_string().repeat(40)
}

fn deployment(id: u64, letter: char, environment: &str) -> String {
    format!(
        r#"{{"id":{id},"sha":"{}","environment":"{environment}","statuses_url":"","created_at":"{}"}}"#,
        commit(letter),
        at(0)
    )
}

fn status(id: u64, deployment: u64, state: &str, seconds: i64) -> String {
    format!(
        r#"{{"id":{id},"state":"{state}","created_at":"{}","deployment_url":"https://x/deployments/{deployment}"}}"#,
        at(seconds)
    )
}

/// A comparison of commits, each with its time, that ends in the deployed one.
fn comparison(commits: &[(char, i64)], message: &str) -> String {
    let commits: Vec<String> = commits
        .iter()
        .map(|(letter, seconds)| {
            format!(
                r#"{{"sha":"{}","commit":{{"message":"{message}","committer":{{"date":"{}"}}}}}}"#,
                commit(*letter),
                at(*seconds)
            )
        })
        .collect();
    format!(
        r#"{{"merge_base_commit":{{}},"total_commits":{},"commits":[{}]}}"#,
        commits.len(),
        commits.join(",")
    )
}

fn incident(number: u64, body: &str, opened: i64, closed: Option<i64>) -> String {
    let closed = closed.map_or("null".to_owned(), |seconds| format!("\"{}\"", at(seconds)));
    format!(
        r#"{{"number":{number},"state":"open","labels":[{{"name":"Incident"}}],"body":"{body}","created_at":"{}","closed_at":{closed}}}"#,
        at(opened)
    )
}

fn read(texts: &[String]) -> Result<Answers, NotAnswers> {
    let mut answers = Answers::new();
    answers.read(texts.join("\n").as_bytes()).map(|()| answers)
}

fn window() -> Window {
    Window {
        environment: "Production".to_owned(),
        from: Moment::of_seconds(FROM),
        to: Moment::of_seconds(FROM + 28 * DAY),
        incident_label: "incident".to_owned(),
    }
}

/// The figures of production over 28 days.
fn of(texts: &[String]) -> Dora {
    let window = window();
    let answers = if texts.is_empty() { Answers::new() } else { read(texts).unwrap() };
    dora(&answers, &window)
}

#[test]
fn no_data_is_no_figure() {
    let none = of(&[]);
    assert_eq!(none.weekly_thousandths(), None);
    assert_eq!(
        (none.lead_time, none.change_failure_rate, none.time_to_restore),
        (None, None, None)
    );
    // A deployment that failed is data: there was none that succeeded.
    let failed = of(&[deployment(1, 'a', "production"), status(1, 1, "failure", 10)]);
    assert_eq!((failed.weekly_thousandths(), failed.failed_rollouts), (Some(0), 1));
}

#[test]
fn a_deployment_counts_by_its_first_end_within_the_window() {
    let dora = of(&[
        deployment(1, 'a', "production"),
        status(1, 1, "in_progress", 5),
        status(2, 1, "success", 10),
        status(3, 1, "inactive", 20),
        // It failed first; that somebody called it a success later changes nothing.
        deployment(2, 'b', "production"),
        status(4, 2, "failure", 30),
        status(5, 2, "success", 40),
        deployment(3, 'c', "staging"),
        status(6, 3, "success", 50),
        // The end of a window belongs to the next one, its beginning to it.
        deployment(4, 'd', "production"),
        status(7, 4, "success", 28 * DAY),
        deployment(5, 'e', "PRODUCTION"),
        status(8, 5, "success", 0),
        deployment(6, 'f', "production"),
        status(9, 6, "waiting", 10),
    ]);
    assert_eq!((dora.deployments, dora.failed_rollouts, dora.without_end), (2, 1, 1));
    assert_eq!(dora.weekly_thousandths(), Some(500));
}

#[test]
fn lead_time_is_per_commit_and_a_clock_that_is_ahead_is_told() {
    let dora = of(&[
        deployment(1, 'c', "production"),
        status(1, 1, "success", 1000),
        comparison(&[('a', 100), ('b', 400), ('d', 2000), ('c', 900)], ""),
        // The second has one of them again, which counts with the first.
        deployment(2, 'e', "production"),
        status(2, 2, "success", 5000),
        comparison(&[('c', 900), ('e', 4000)], ""),
        deployment(3, 'f', "production"),
        status(3, 3, "success", 6000),
    ]);
    // 900, 600, 100 and 1000 seconds.
    assert_eq!((dora.commits, dora.negative_lead_times, dora.without_commits), (4, 1, 1));
    assert_eq!(dora.lead_time, Some(Millis(750_000)));
    let basis = dora.rests_on(Figure::LeadTime).unwrap();
    assert_eq!((basis.of, basis.share.part, basis.share.whole), (Counted::Comparisons, 2, 3));
}

#[test]
fn a_figure_says_what_it_rests_on() {
    let cut = comparison(&[('a', 100)], "").replace("\"total_commits\":1", "\"total_commits\":300");
    let undated = comparison(&[('b', 100)], "").replace("\"committer\"", "\"nobody\"");
    let dora = of(&[
        deployment(1, 'a', "production"),
        status(1, 1, "success", 1000),
        cut,
        deployment(2, 'b', "production"),
        status(2, 2, "success", 2000),
        undated,
        deployment(3, 'c', "production"),
        status(3, 3, "failure", 3000),
        deployment(4, 'd', "production"),
        deployment(5, 'e', "production"),
    ]);
    let rests = |figure| dora.rests_on(figure).map(|it| (it.share.part, it.share.whole));
    assert_eq!(rests(Figure::DeploymentFrequency), Some((3, 5)));
    assert_eq!(rests(Figure::LeadTime), Some((1, 2)));
    assert_eq!((dora.commits, dora.undated_commits, dora.cut_comparisons), (1, 1, 1));
    let all = [
        Figure::DeploymentFrequency,
        Figure::LeadTime,
        Figure::ChangeFailureRate,
        Figure::TimeToRestore,
    ];
    assert_eq!(all.map(|figure| Dora::default().rests_on(figure)), [None; 4]);
}

#[test]
fn a_deployment_fails_once_however_many_incidents_name_it() {
    let texts = |incidents: &[String]| {
        let mut texts: Vec<String> = Vec::new();
        for (id, letter) in [(71, 'a'), (72, 'b'), (73, 'c'), (74, 'd')] {
            texts.push(deployment(id, letter, "production"));
            texts.push(status(id, id, "success", i64::try_from(id).unwrap()));
        }
        texts.extend_from_slice(incidents);
        texts
    };
    let three = of(&texts(&[
        incident(1, "deploy: 71", 100, Some(400)),
        incident(2, &format!("since {} it is slow", commit('A')), 100, Some(200)),
        incident(3, "x deployment:aaaaaaa y", 100, None),
        incident(4, "no idea, 72 users, bbbbbbb", 100, None),
    ]));
    assert_eq!(three.change_failure_rate, Share::new(1, 4));
    assert_eq!((three.incidents, three.open_incidents, three.unlinked_incidents), (4, 2, 1));
    assert_eq!(three.time_to_restore, Some(Millis(200_000)));
    let rests =
        |dora: &Dora, figure| dora.rests_on(figure).map(|it| (it.share.part, it.share.whole));
    assert_eq!(rests(&three, Figure::ChangeFailureRate), Some((3, 4)));
    assert_eq!(rests(&three, Figure::TimeToRestore), Some((2, 4)));
    let none = of(&texts(&[]));
    assert_eq!(rests(&none, Figure::ChangeFailureRate), None);
    assert_eq!(rests(&none, Figure::TimeToRestore), None);
    assert_eq!((none.change_failure_rate, none.time_to_restore), (Share::new(0, 4), None));
}

#[test]
fn what_is_taken_back_has_failed() {
    let back = of(&[
        deployment(1, 'a', "production"),
        deployment(2, 'b', "production"),
        deployment(3, 'a', "production"),
        status(1, 1, "success", 10),
        status(2, 2, "success", 20),
        status(3, 3, "success", 30),
    ]);
    assert_eq!((back.taken_back, back.change_failure_rate), (1, Share::new(1, 3)));
    let reverted = of(&[
        deployment(1, 'b', "production"),
        deployment(2, 'c', "production"),
        status(1, 1, "success", 10),
        status(2, 2, "success", 20),
        comparison(&[('a', 1), ('b', 2)], ""),
        comparison(&[('c', 15)], &format!("This reverts commit {}.", commit('a'))),
    ]);
    assert_eq!((reverted.taken_back, reverted.change_failure_rate), (1, Share::new(1, 2)));
    // What was taken back and comes again is no way back.
    let forth = of(&[
        deployment(1, 'a', "production"),
        deployment(2, 'b', "production"),
        deployment(3, 'a', "production"),
        deployment(4, 'b', "production"),
        status(1, 1, "success", 10),
        status(2, 2, "success", 20),
        status(3, 3, "success", 30),
        status(4, 4, "success", 40),
    ]);
    assert_eq!((forth.taken_back, forth.change_failure_rate), (1, Share::new(1, 4)));
    // The same commit twice in a row is no way back.
    let again = of(&[
        deployment(1, 'a', "production"),
        deployment(2, 'a', "production"),
        status(1, 1, "success", 10),
        status(2, 2, "success", 20),
    ]);
    assert_eq!(again.taken_back, 0);
}

#[test]
fn each_deployment_is_compared_with_the_one_before_it() {
    let texts = [
        deployment(1, 'a', "production"),
        status(1, 1, "success", -10),
        deployment(2, 'b', "production"),
        status(2, 2, "success", 20),
        deployment(3, 'b', "production"),
        status(3, 3, "success", 30),
        deployment(4, 'c', "production"),
        status(4, 4, "failure", 40),
        deployment(5, 'd', "production"),
        status(5, 5, "success", 50),
    ];
    let window = window();
    let wanted = [('a', 'b'), ('b', 'd')].map(|(base, head)| (commit(base), commit(head)));
    assert_eq!(comparisons(&read(&texts).unwrap(), &window), wanted);
}

proptest! {
    /// Deployments as (end, seconds, commit's seconds before it) and incidents as (deployment, opened, took).
    #[test]
    fn the_figures_are_those_of_a_slow_calculation(
        deployments in prop::collection::vec((0_usize..3, -10 * DAY..40 * DAY, -100_i64..1000), 1..12),
        incidents in prop::collection::vec((1_u64..14, -DAY..30 * DAY, 0_i64..5000), 0..8),
    ) {
        let states = ["success", "failure", "queued"];
        let (mut texts, mut counted, mut leads) = (Vec::new(), Vec::new(), Vec::new());
        for (id, (state, ends, before)) in (1_u64..).zip(&deployments) {
            let letter = char::from(b'a' + u8::try_from(id).unwrap());
            texts.push(deployment(id, letter, "production"));
            texts.push(status(id, id, states[*state], *ends));
            texts.push(comparison(&[(letter, *ends - *before)], ""));
            if *state == 0 && (0..28 * DAY).contains(ends) {
                counted.push(id);
                if *before >= 0 {
                    leads.push(u64::try_from(*before).unwrap() * 1000);
                }
            }
        }
        let mut restores = Vec::new();
        for (number, (of, opened, took)) in (1_u64..).zip(&incidents) {
            texts.push(incident(number, &format!("deploy: {of}"), *opened, Some(*opened + *took)));
            if (0..28 * DAY).contains(opened) {
                restores.push(u64::try_from(*took).unwrap() * 1000);
            }
        }
        let middle = |values: &mut Vec<u64>| {
            values.sort_unstable();
            let count = values.len();
            (count > 0).then(|| Millis(u64::midpoint(values[(count - 1) / 2], values[count / 2])))
        };
        let failed = counted.iter().filter(|id| incidents.iter().any(|(of, ..)| of == *id)).count();
        let dora = of(&texts);
        prop_assert_eq!(dora.deployments, counted.len() as u64);
        prop_assert_eq!(dora.change_failure_rate, Share::new(failed as u64, counted.len() as u64));
        prop_assert_eq!(dora.lead_time, middle(&mut leads));
        prop_assert_eq!(dora.time_to_restore, middle(&mut restores));
    }
}
